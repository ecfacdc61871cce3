import java.util.TreeMap;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * What the tests ask of a server beside its clients, by JMX. HOST:PORT, then for release 1.2: writes, flush KEYSPACE,
 * snapshot KEYSPACE TAG; from release 4.0 on: counts KEYSPACE, the writes of clients that it has coordinated and those
 * to each table of the keyspace, as JSON.
 */
public class Manage {
    private static final String[] NO_NAMES = {};

    public static void main(String[] arguments) throws Exception {
        String address = "service:jmx:rmi:///jndi/rmi://" + arguments[0] + "/jmxrmi";
        ObjectName proxy = new ObjectName("org.apache.cassandra.db:type=StorageProxy");
        ObjectName storage = new ObjectName("org.apache.cassandra.db:type=StorageService");
        String names = NO_NAMES.getClass().getName();
        try (var connector = JMXConnectorFactory.connect(new JMXServiceURL(address))) {
            MBeanServerConnection server = connector.getMBeanServerConnection();
            switch (arguments[1]) {
                case "writes" -> System.out.println(server.getAttribute(proxy, "WriteOperations"));
                case "counts" -> {
                    String metrics = "org.apache.cassandra.metrics:type=";
                    TreeMap<String, Long> counts = new TreeMap<>();
                    for (String kind : new String[] {"Write", "CASWrite"}) {
                        ObjectName latency = new ObjectName(metrics + "ClientRequest,scope=" + kind + ",name=Latency");
                        counts.put("clients " + kind, (Long) server.getAttribute(latency, "Count"));
                    }
                    ObjectName tables =
                            new ObjectName(metrics + "Table,keyspace=" + arguments[2] + ",scope=*,name=WriteLatency");
                    for (ObjectName table : server.queryNames(tables, null)) {
                        counts.put(table.getKeyProperty("scope"), (Long) server.getAttribute(table, "Count"));
                    }
                    StringBuilder json = new StringBuilder();
                    counts.forEach((name, count) -> json.append(json.isEmpty() ? "{" : ", ")
                            .append('"').append(name).append("\": ").append(count));
                    System.out.println(json.append('}'));
                }
                case "flush" -> {
                    server.invoke(storage, "forceTableFlush", new Object[] {arguments[2], NO_NAMES},
                            new String[] {String.class.getName(), names});
                    System.out.println("0");
                }
                case "snapshot" -> {
                    server.invoke(storage, "takeSnapshot", new Object[] {arguments[3], new String[] {arguments[2]}},
                            new String[] {String.class.getName(), names});
                    System.out.println("0");
                }
                default -> throw new IllegalArgumentException(arguments[1]);
            }
        }
    }
}
