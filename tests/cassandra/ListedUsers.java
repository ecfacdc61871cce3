import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.cassandra.auth.Auth;
import org.apache.cassandra.auth.AuthenticatedUser;
import org.apache.cassandra.auth.LegacyAuthenticator;
import org.apache.cassandra.exceptions.AuthenticationException;
import org.apache.cassandra.exceptions.RequestExecutionException;

/**
 * Sign-in for the tests, since this release brings none: users and passwords are system properties
 * {@code test.user.NAME}; without any, everybody may come in. The users are written down at once, so that the server
 * does not write its first one ten seconds later by itself: the tests count writes.
 */
public class ListedUsers extends LegacyAuthenticator {
    private static final String PREFIX = "test.user.";

    private static boolean listed(Object name) {
        return name.toString().startsWith(PREFIX);
    }

    @Override
    public AuthenticatedUser defaultUser() {
        boolean any = System.getProperties().keySet().stream().anyMatch(ListedUsers::listed);
        return any ? null : AuthenticatedUser.ANONYMOUS_USER;
    }

    @Override
    public AuthenticatedUser authenticate(Map<String, String> credentials) throws AuthenticationException {
        String user = credentials.get(USERNAME_KEY);
        String password = user == null ? null : System.getProperty(PREFIX + user);
        if (password == null || !password.equals(credentials.get(PASSWORD_KEY)))
            throw new AuthenticationException("user name or password is wrong");
        return new AuthenticatedUser(user);
    }

    @Override
    public void validateConfiguration() {
    }

    @Override
    public void setup() {
        // The ring is not there yet when this is called.
        Thread writing = new Thread(ListedUsers::writeUsers);
        writing.setDaemon(true);
        writing.start();
    }

    private static void writeUsers() {
        while (true) {
            try {
                Auth.insertUser(Auth.DEFAULT_SUPERUSER_NAME, true);
                for (Object name : System.getProperties().keySet())
                    if (listed(name))
                        Auth.insertUser(name.toString().substring(PREFIX.length()), false);
                System.out.println("The listed users are written");
                return;
            } catch (RequestExecutionException | RuntimeException notYet) {
                LockSupport.parkNanos(50_000_000);
            }
        }
    }
}
