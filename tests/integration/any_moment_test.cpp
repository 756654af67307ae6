// An application that calls every public member from several threads and from slots, and closes and
// destroys at any moment, while a server comes and goes. What it shows is what the sanitizers see,
// that it ends, and that nothing is left.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Random = std::minstd_rand;

constexpr unsigned kThreads = 4;
constexpr std::size_t kCalls = 1500;    ///< Of each thread, unless the environment says more.
constexpr std::size_t kMaxStreams = 3;  ///< Further ones, and objects, held at a time.
constexpr unsigned kCallingEvents = 8;  ///< One event of so many calls something.

std::size_t callsOfEachThread() {
  const char* text = std::getenv("MULTICONNECTION_CALLS");
  return text == nullptr ? kCalls : std::strtoull(text, nullptr, 10);
}

unsigned anySeed() {
  const char* text = std::getenv("MULTICONNECTION_SEED");
  if (text == nullptr) return std::random_device()();
  return static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

/// What the threads share. Handlers hold it weakly: it may end in one of them.
class Application : public std::enable_shared_from_this<Application> {
 public:
  Application(std::string steady, FlappingNode& flapping, unsigned seed)
      : steady_(std::move(steady)), flapping_(flapping), seed_(seed) {}

  /// Makes the array that calls go to; the one before ends with its last user.
  void renew();
  /// No array and no stream any more, once nobody is in a call.
  void end() {
    replace(nullptr);
    for (std::size_t place = 0; place < kMaxStreams; ++place) {
      keep(place, nullptr);
      keepObject(place, std::nullopt);
    }
  }
  /// One member, chosen by chance, of the current array.
  void callOne(Random& random) {
    if (const auto array = current()) callOne(array, random);
  }
  void callOne(const std::shared_ptr<MultiConnection>& array, Random& random);
  /// What every handler does: sometimes a call to its own array, which may end by that.
  std::function<void()> handler(const std::shared_ptr<MultiConnection>& array) {
    return [self = weak_from_this(), weak = std::weak_ptr(array)] {
      const auto application = self.lock();
      if (!application) return;
      const unsigned drawn = ++application->drawn_;
      const auto own = weak.lock();
      Random random(application->seed_ + drawn);
      if (own && drawn % kCallingEvents == 0) application->callOne(own, random);
    };
  }

  std::vector<ServerEntry> servers() const {
    ServerEntry withBackup(flapping_.url());
    withBackup.backups = {steady_};
    withBackup.backups[0].streamName = "backup";
    withBackup.failover.standby = FailoverPolicy::Standby::Hot;
    withBackup.failover.failBackAfter = std::chrono::milliseconds(10);
    return {steady_, withBackup, "rtmp://127.0.0.1:1/live"};
  }
  const std::shared_ptr<PacketSource>& source() const { return source_; }
  std::shared_ptr<MultiStream> stream(std::size_t place) const {
    const std::lock_guard lock(mutex_);
    return streams_[place];
  }
  void keep(std::size_t place, std::shared_ptr<MultiStream> stream) {
    const std::lock_guard lock(mutex_);
    streams_[place].swap(stream);
  }  // the one before ends without the lock: parameters outlive what stands in here
  std::optional<MultiSharedObject> object(std::size_t place) const {
    const std::lock_guard lock(mutex_);
    return objects_[place];
  }
  void keepObject(std::size_t place, std::optional<MultiSharedObject> object) {
    const std::lock_guard lock(mutex_);
    objects_[place].swap(object);
  }
  void restartServer() {
    const std::lock_guard lock(serverMutex_);
    flapping_.stop();
    flapping_.start();
  }
  void note(const std::string& what) {
    const std::lock_guard lock(mutex_);
    ++counts_[what];
  }
  /// Of members called, and of events.
  std::map<std::string, std::size_t> counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  std::shared_ptr<MultiConnection> current() const {
    const std::lock_guard lock(mutex_);
    return array_;
  }
  void replace(std::shared_ptr<MultiConnection> array) {
    const std::lock_guard lock(mutex_);
    array_.swap(array);
  }

  const std::string steady_;
  FlappingNode& flapping_;
  const unsigned seed_;
  std::atomic<unsigned> drawn_ = 0;
  const std::shared_ptr<PacketSource> source_ = PacketSource::create();
  mutable std::mutex mutex_;
  std::mutex serverMutex_;
  std::shared_ptr<MultiConnection> array_;
  std::shared_ptr<MultiStream> streams_[kMaxStreams];
  std::optional<MultiSharedObject> objects_[kMaxStreams];
  std::map<std::string, std::size_t> counts_;
};

/// What a member is called with.
struct Call {
  Application& application;
  const std::shared_ptr<MultiConnection>& shared;
  MultiConnection& array;
  MultiStream& stream;
  Random& random;

  bool oneOf(unsigned many) const { return random() % many == 0; }
  std::string name() const { return "s" + std::to_string(random() % 6); }
  milliseconds time() const { return milliseconds(random() % 30); }
  /// One of the array, one that is not there, or all.
  Server server() const { return oneOf(3) ? Server::all() : Server::index(random() % 5); }
  std::size_t place() const { return random() % kMaxStreams; }
};

void connect(Call& call) {
  ConnectOptions options;
  options.setupTimeout = 100ms;
  options.attemptTimeout = 2s;
  options.recoveryTime = call.time();
  options.reconnect.initial = call.time();
  options.reconnect.cap = 50ms;
  options.policy = Policy::any();
  static_cast<void>(call.array.connect(call.application.servers(), options));
}

// What ends something is done more rarely, so that there is something to end.
void removeServer(Call& call) {
  if (call.oneOf(4)) static_cast<void>(call.array.removeServer(call.server(), call.time()));
}
void stopServer(Call& call) {
  if (call.oneOf(4)) static_cast<void>(call.array.stopServer(call.server(), call.time()));
}
void stop(Call& call) {
  if (call.oneOf(4)) static_cast<void>(call.stream.stop());
}

void publish(Call& call) {
  PublishOptions options;
  options.settleTime = call.time();
  options.publishTimeout = 200ms;
  static_cast<void>(call.stream.publish(call.name(), options));
}

void attach(Call& call) {
  if (call.oneOf(2)) return static_cast<void>(call.stream.attach(call.application.source()));
  PullOptions options;
  options.pace = call.oneOf(2) ? PullOptions::Pace::SlowestServer : PullOptions::Pace::RealTime;
  options.onEnd = [handler = call.application.handler(call.shared)](auto&&) { handler(); };
  static_cast<void>(call.stream.attach(std::make_shared<EndlessSource>(), options));
}

void play(Call& call) {
  const auto handler = call.application.handler(call.shared);
  PlayOptions options;
  options.onData = [handler](auto&&...) { handler(); };
  static_cast<void>(call.stream.play(
      call.name(), [handler](auto&&) { handler(); }, options));
}

void callRemote(Call& call) {
  CallOptions options;
  options.deadline = call.time() + 1ms;
  static_cast<void>(call.array.callRemote(
      "hello", call.server(), {AmfValue(1)},
      [handler = call.application.handler(call.shared)](const Reply&) { handler(); }, options));
}

void onCall(Call& call) {
  call.array.onCall("hello", [handler = call.application.handler(call.shared)](auto&&) {
    handler();
    return Result<AmfValue>(AmfValue(2));
  });
}

/// A slot that comes and goes.
void listen(Call& call) {
  const auto slot = [handler = call.application.handler(call.shared)](auto&&) { handler(); };
  const boost::signals2::scoped_connection first = call.array.onStatus(slot);
  const boost::signals2::scoped_connection second = call.array.onServerStatus(slot);
}

void openObject(Call& call) {
  SharedObjectOptions options;
  options.mode = static_cast<MirrorMode>(call.random() % 3);
  options.useTimeout = call.time() + 1ms;
  options.updatesPerSecond = call.oneOf(2) ? 0 : 200;
  const auto persistence = call.oneOf(4) ? Persistence::Persistent : Persistence::Temporary;
  auto object = call.array.sharedObject(call.name(), persistence, options);
  if (!object) return;
  const auto handler = call.application.handler(call.shared);
  object->onSync([handler](auto&&) { handler(); });
  object->onStatus([handler](auto&&) { handler(); });
  object->onMessage("say", [handler](auto&&) { handler(); });
  call.application.keepObject(call.place(), std::move(*object));
}

void push(Call& call) {
  PacketSource& source = *call.application.source();
  static_cast<void>(source.push(videoFrame(static_cast<std::uint32_t>(call.random() % 1000))));
  if (call.oneOf(20)) static_cast<void>(source.setAudioFormat({Codec::Aac, {0x12, 0x10}}));
  if (call.oneOf(20)) static_cast<void>(source.setVideoFormat({}));
  if (call.oneOf(5))
    static_cast<void>(source.push(EncodedPacket{Codec::Aac, 1ms, 1ms, false, {1}}));
}

using Member = void (*)(Call& call);
#define MEMBER(expression) [](Call& call) { static_cast<void>(expression); }
#define OBJECT(expression)                                   \
  [](Call& call) {                                           \
    if (auto object = call.application.object(call.place())) \
        static_cast<void>(object->expression);               \
  }
const std::pair<const char*, Member> kMembers[] = {
    {"connect", connect},
    {"connect", connect},
    {"attach", attach},
    {"play", play},
    {"callRemote", callRemote},
    {"onCall", onCall},
    {"onStatus, onServerStatus", listen},
    {"PacketSource::push", push},
    {"PacketSource::push", push},
    {"close", MEMBER(call.oneOf(20) ? call.array.close(call.time()) : void())},
    // These also give the servers time.
    {"waitClosed", MEMBER(call.array.waitClosed(call.time()))},
    {"waitClosed", MEMBER(call.array.waitClosed(call.time()))},
    {"waitClosed", MEMBER(call.array.waitClosed(call.time()))},
    {"addServer", MEMBER(call.array.addServer(call.application.servers()[call.random() % 3]))},
    {"removeServer", removeServer},
    {"stopServer", stopServer},
    {"startServer", MEMBER(call.array.startServer(call.server()))},
    {"servers", MEMBER(call.array.servers())},
    {"statistics", MEMBER(call.array.statistics())},
    {"openStream", MEMBER(call.application.keep(call.place(), call.array.openStream()))},
    {"~MultiStream", MEMBER(call.application.keep(call.place(), nullptr))},
    {"~MultiConnection", MEMBER(call.oneOf(20) ? call.application.renew() : void())},
    {"number", MEMBER(call.stream.number())},
    {"publish", publish},
    {"publish", publish},
    {"detach", MEMBER(call.stream.detach())},
    {"send", MEMBER(call.stream.send("cue", {AmfValue(1)}))},
    {"pause", MEMBER(call.stream.pause(call.oneOf(2)))},
    {"seek", MEMBER(call.stream.seek(call.time()))},
    {"receiveAudio", MEMBER(call.stream.receiveAudio(call.oneOf(2)))},
    {"receiveVideo", MEMBER(call.stream.receiveVideo(call.oneOf(2)))},
    {"switchTo", MEMBER(call.stream.switchTo(call.name()))},
    {"setBufferTime", MEMBER(call.stream.setBufferTime(call.time()))},
    {"stop", stop},
    {"time", MEMBER(call.stream.time())},
    {"sharedObject", openObject},
    {"~MultiSharedObject", MEMBER(call.application.keepObject(call.place(), std::nullopt))},
    {"MultiSharedObject::set", OBJECT(set(call.name(), call.random() % 9))},
    {"MultiSharedObject::set", OBJECT(set({{call.name(), 1}, {call.name(), nullptr}}))},
    {"MultiSharedObject::remove", OBJECT(remove(call.name()))},
    {"MultiSharedObject::clear", OBJECT(clear())},
    {"MultiSharedObject::send", OBJECT(send("say", {AmfValue(1)}))},
    {"MultiSharedObject::get", OBJECT(get(call.name()))},
    {"MultiSharedObject::data", OBJECT(data())},
    {"MultiSharedObject::servers", OBJECT(servers())},
    {"MultiSharedObject::divergent", OBJECT(divergent())},
    {"MultiSharedObject::bytes", OBJECT(bytes())},
    {"MultiSharedObject::onMessage", OBJECT(onMessage("say", nullptr))},
    {"MultiSharedObject::close", OBJECT(close())},
    {"a server restarts", MEMBER(call.oneOf(20) ? call.application.restartServer() : void())},
};
#undef MEMBER
#undef OBJECT

void Application::callOne(const std::shared_ptr<MultiConnection>& array, Random& random) {
  const auto& [name, member] = kMembers[random() % std::size(kMembers)];
  const auto further = random() % 2 == 0 ? nullptr : stream(random() % kMaxStreams);
  Call call{*this, array, *array, further ? *further : array->stream(), random};
  member(call);
  note(name);
}

void Application::renew() {
  MultiConnectionOptions options;
  const auto lines = std::make_shared<std::atomic<std::size_t>>(0);
  options.log = [lines](LogLevel, std::string_view) { ++*lines; };
  options.logLevel = LogLevel::Debug;
  auto array = std::make_shared<MultiConnection>(std::move(options));
  const auto slot = [handler = handler(array), self = weak_from_this()](const StatusEvent& event) {
    if (const auto application = self.lock()) application->note(event.codeText);
    handler();
  };
  array->onStatus(slot);
  array->onServerStatus(slot);
  replace(std::move(array));
}

void runCalls(const std::shared_ptr<Application>& application, unsigned seed) {
  application->renew();
  std::vector<std::thread> callers;
  for (unsigned caller = 0; caller < kThreads; ++caller) {
    callers.emplace_back([application, random = Random(seed + caller)]() mutable {
      for (std::size_t i = 0; i < callsOfEachThread(); ++i) application->callOne(random);
    });
  }
  for (std::thread& caller : callers) caller.join();
  application->end();
}

TEST(Lifetime, AnyMemberAtAnyMomentFromAnyThread) {
  const unsigned seed = anySeed();
  std::cout << "MULTICONNECTION_SEED=" << seed << std::endl;
  const RunningNode steady;
  FlappingNode flapping;
  const std::size_t before = threads();
  const auto application = std::make_shared<Application>(steady.url(), flapping, seed);
  runCalls(application, seed);
  EXPECT_EQ(threadsOnceThereAre(before), before);
  for (const auto& member : kMembers) {
    EXPECT_GT(application->counts()[member.first], 0U) << member.first;
  }
  for (const char* code : {"NetConnection.Connect.Success", "NetStream.Publish.Start"}) {
    EXPECT_GT(application->counts()[code], 0U) << code << ": only refusals were tried";
  }
  // The servers are none the worse for it.
  for (const std::string& url : {steady.url(), flapping.url()}) {
    MultiConnection array;
    Listener listener(array);
    EXPECT_TRUE(connectAll(array, listener, {url}));
    EXPECT_TRUE(publishAll(array, listener, "afterwards"));
  }
}

}  // namespace
}  // namespace multiconnection::test
