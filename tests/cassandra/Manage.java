import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** What the tests ask of a server of release 1.2 beside its clients: HOST:PORT writes, flush KEYSPACE, snapshot KEYSPACE TAG. */
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
