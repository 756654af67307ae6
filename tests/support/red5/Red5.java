import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.List;
import org.red5.server.ClientRegistry;
import org.red5.server.Context;
import org.red5.server.CoreHandler;
import org.red5.server.MappingStrategy;
import org.red5.server.Server;
import org.red5.server.adapter.MultiThreadedApplicationAdapter;
import org.red5.server.api.IConnection;
import org.red5.server.api.persistence.IPersistenceStore;
import org.red5.server.api.scope.IScope;
import org.red5.server.api.service.IServiceCapableConnection;
import org.red5.server.api.so.ISharedObject;
import org.red5.server.api.so.ISharedObjectSecurity;
import org.red5.server.net.rtmp.RTMPConnManager;
import org.red5.server.net.rtmp.RTMPHandler;
import org.red5.server.net.rtmp.RTMPMinaConnection;
import org.red5.server.net.rtmp.RTMPMinaIoHandler;
import org.red5.server.net.rtmp.RTMPMinaTransport;
import org.red5.server.net.rtmp.status.StatusObjectService;
import org.red5.server.scheduling.JDKSchedulingService;
import org.red5.server.scope.GlobalScope;
import org.red5.server.scope.ScopeResolver;
import org.red5.server.scope.WebScope;
import org.red5.server.service.ServiceInvoker;
import org.red5.server.so.SharedObjectService;
import org.red5.server.stream.ClientBroadcastStream;
import org.red5.server.stream.ConsumerService;
import org.red5.server.stream.PlaylistSubscriberStream;
import org.red5.server.stream.ProviderService;
import org.red5.server.stream.StreamService;
import org.slf4j.LoggerFactory;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.io.FileSystemResourceLoader;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.util.concurrent.ListenableFuture;

/**
 * The Red5 server without a servlet container: RTMP on 127.0.0.1, one application named "live", put
 * together from its published parts in the way its own configuration files do.
 *
 * <p>java -cp 'JARS/*:CLASSES' Red5 PORT; persistent objects go into the working directory. SIGTERM
 * ends it, and only then does it store what is younger than ten seconds.
 */
public final class Red5 {
  private static final String STORE = "org.red5.server.persistence.FilePersistence";

  private final GenericApplicationContext beans = new GenericApplicationContext();
  private final Context context = new Context();
  private final WebScope live = new WebScope();
  private final ThreadPoolTaskScheduler worker = new ThreadPoolTaskScheduler();

  public static void main(String[] arguments) throws Exception {
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.INFO);
    // Else Context looks for the configuration files of the distribution.
    System.setProperty("red5.deployment.type", "embedded");
    new Red5().run(Integer.parseInt(arguments[0]));
  }

  private void run(int port) throws Exception {
    worker.setDaemon(true);
    worker.initialize();
    registerBeans();
    Server server = beans.getBean(Server.class);
    GlobalScope root = makeRoot(server);
    makeContext(root);
    root.register();
    makeLive(server, root);
    Runtime.getRuntime().addShutdownHook(new Thread(this::store));
    listen(server, port);
  }

  /** What Red5 looks up by name. */
  private void registerBeans() {
    beans.setResourceLoader(new FileSystemResourceLoader());
    beans.registerBean("schedulingService", JDKSchedulingService.class);
    beans.registerBean("red5.server", Server.class);
    beans.registerBean("statusObjectService", StatusObjectService.class);
    beans.registerBean("rtmpScheduler", ThreadPoolTaskScheduler.class);
    beans.registerBean("rtmpConnManager", RTMPConnManager.class);
    beans.registerBean("rtmpMinaConnection", RTMPMinaConnection.class, this::connection,
        definition -> definition.setScope("prototype"));
    beans.registerBean("sharedObjectService", SharedObjectService.class, this::sharedObjects);
    beans.registerBean("streamService", StreamService.class);
    beans.registerBean("providerService", ProviderService.class);
    beans.registerBean("consumerService", ConsumerService.class);
    beans.registerBean("clientBroadcastStream", ClientBroadcastStream.class,
        definition -> definition.setScope("prototype"));
    beans.registerBean("playlistSubscriberStream", PlaylistSubscriberStream.class,
        definition -> definition.setScope("prototype"));
    beans.refresh();
  }

  /**
   * Every message of every connection is handled, and every update sent, by one thread. Where two
   * of Red5's threads work on one object, it loses answers: the one that ends an update forgets who
   * asked for the other's; and of one object's updates the later may overtake the earlier.
   */
  private RTMPMinaConnection connection() {
    RTMPMinaConnection connection = new RTMPMinaConnection();
    connection.setExecutor(new ThreadPoolTaskExecutor() {
      @Override
      public ListenableFuture<?> submitListenable(Runnable task) {
        return worker.submitListenable(task);
      }
    });
    connection.setMaxHandlingTimeout(0);  // However slow the machine is, nothing is dropped.
    return connection;
  }

  private SharedObjectService sharedObjects() {
    SharedObjectService.setScheduler(worker);
    SharedObjectService service = new SharedObjectService();
    service.setPersistenceClassName(STORE);
    return service;
  }

  private GlobalScope makeRoot(Server server) throws Exception {
    GlobalScope root = new GlobalScope();
    root.setServer(server);
    root.setContext(context);
    root.setHandler(new CoreHandler());
    root.setPersistenceClass("org.red5.server.persistence.RamPersistence");
    return root;
  }

  private void makeContext(GlobalScope root) {
    ScopeResolver resolver = new ScopeResolver();
    resolver.setGlobalScope(root);
    context.setApplicationContext(beans);
    context.setCoreBeanFactory(beans);
    context.setScopeResolver(resolver);
    context.setClientRegistry(new ClientRegistry());
    context.setServiceInvoker(new ServiceInvoker());
    context.setMappingStrategy(new MappingStrategy());
  }

  private void makeLive(Server server, GlobalScope root) throws Exception {
    live.setServer(server);
    live.setParent(root);
    live.setContext(context);
    live.setHandler(new Application());
    live.setContextPath("/live");
    live.setVirtualHosts("*");
    live.register();
  }

  private void listen(Server server, int port) throws Exception {
    RTMPHandler handler = new RTMPHandler();
    handler.setServer(server);
    handler.setStatusObjectService(beans.getBean(StatusObjectService.class));
    handler.setUnvalidatedConnectionAllowed(true);
    RTMPMinaIoHandler sessions = new RTMPMinaIoHandler();
    sessions.setHandler(handler);
    RTMPMinaTransport transport = new RTMPMinaTransport();
    transport.setIoHandler(sessions);
    transport.setAddresses(List.of("127.0.0.1:" + port));
    transport.start();
  }

  /** Writes what the persistence's own timer has not written yet. */
  private void store() {
    for (String name : live.getAttributeNames()) {
      if (live.getAttribute(name) instanceof IPersistenceStore) {
        ((IPersistenceStore) live.getAttribute(name)).notifyClose();
      }
    }
  }

  /** What clients may call, and what they may not do. */
  public static final class Application extends MultiThreadedApplicationAdapter {
    @Override
    public boolean appStart(IScope scope) {
      registerSharedObjectSecurity(new Refusals());
      return super.appStart(scope);
    }

    public Object echo(Object value) {
      return value;
    }

    public List<Object> list(List<Object> values) {
      return values;
    }

    public double add(double first, double second) {
      return first + second;
    }

    public void nothing() {}

    public Object fail() {
      throw new IllegalStateException("as you wished");
    }

    /** Calls the client's `method`, which gets `value`. */
    public boolean callMe(IConnection connection, String method, Object value) {
      ((IServiceCapableConnection) connection).invoke(method, new Object[] {value});
      return true;
    }

    public void closeMe(IConnection connection) {
      connection.close();
    }

    /** Sets a slot of an object that a client has made; null deletes it. */
    public boolean setSlot(IConnection connection, String name, String slot, Object value) {
      return getSharedObject(connection.getScope(), name).setAttribute(slot, value);
    }

    public boolean clearObject(IConnection connection, String name) {
      return clearSharedObjects(connection.getScope(), name);
    }
  }

  /** By names: tests choose an object or a slot that is refused. */
  private static final class Refusals implements ISharedObjectSecurity {
    @Override
    public boolean isCreationAllowed(IScope scope, String name, boolean persistent) {
      return !name.startsWith("uncreatable");
    }

    @Override
    public boolean isConnectionAllowed(ISharedObject object) {
      return !object.getName().startsWith("unreadable");
    }

    @Override
    public boolean isWriteAllowed(ISharedObject object, String key, Object value) {
      return !key.startsWith("fixed");
    }

    @Override
    public boolean isDeleteAllowed(ISharedObject object, String key) {
      return !key.startsWith("fixed");
    }

    @Override
    public boolean isSendAllowed(ISharedObject object, String message, List<?> arguments) {
      return !message.startsWith("unheard");
    }
  }
}
