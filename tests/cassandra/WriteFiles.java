import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.apache.cassandra.config.Config;
import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.io.sstable.CQLSSTableWriter;

/**
 * Writes data files of a release without a server: DIRECTORY COMPRESSOR FORMAT. Each line of standard input is a row of
 * sipfs.settings: key, column, value, with tabs between.
 */
public class WriteFiles {
    public static void main(String[] arguments) throws Exception {
        String compressor = arguments[1];
        String format = arguments[2];
        if (!format.equals("default"))
            choose(format);
        String compression = compressor.equals("none")
                ? "{'enabled': 'false'}"
                : "{'class': '" + compressor + "', 'chunk_length_in_kb': '16'}";
        File directory = new File(arguments[0]);
        directory.mkdirs();
        try (CQLSSTableWriter writer = CQLSSTableWriter.builder()
                .inDirectory(directory.getPath())
                .forTable("CREATE TABLE sipfs.settings (key text, column1 text, value blob, PRIMARY KEY (key, column1)) "
                        + "WITH compression = " + compression)
                .using("INSERT INTO sipfs.settings (key, column1, value) VALUES (?, ?, ?)")
                .build()) {
            var lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] parts = line.split("\t", 3);
                writer.addRow(parts[0], parts[1], ByteBuffer.wrap(parts[2].getBytes("UTF-8")));
            }
        }
        System.exit(0);
    }

    /** Release 5.0 has formats beside the one that 4.1 reads too; by reflection, so that 4.1 compiles this as well. */
    private static void choose(String format) throws Exception {
        Supplier<Config> supplier = () -> {
            Config config = new Config();
            try {
                var mode = Config.class.getField("storage_compatibility_mode");
                mode.set(config, mode.getType().getMethod("valueOf", String.class).invoke(null, "NONE"));
                Object sstable = Config.class.getField("sstable").get(config);
                sstable.getClass().getField("selected_format").set(sstable, format);
            } catch (ReflectiveOperationException failed) {
                throw new IllegalStateException(failed);
            }
            return config;
        };
        DatabaseDescriptor.class.getMethod("clientInitialization", boolean.class, Supplier.class)
                .invoke(null, true, supplier);
    }
}
