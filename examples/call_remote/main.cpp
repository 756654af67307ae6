// Calls a method of the application on every server of an array, with one text as its argument, and
// prints what each answers; and answers calls that the servers make meanwhile.
//
//   call_remote getStreamLength talk rtmp://a.example/live rtmp://b.example/live

#include <chrono>
#include <future>
#include <iostream>
#include <multiconnection/multiconnection.hpp>
#include <string>
#include <vector>

namespace mc = multiconnection;

namespace {

/// Counts the replies of all servers.
class Replies {
 public:
  explicit Replies(std::size_t expected) : missing_(expected) {}

  /// On the event thread, exactly once for each server, also for one that stays silent.
  void take(const mc::Reply& reply) {
    std::cout << reply.server.url << ": ";
    if (reply) {
      std::cout << reply.value();
    } else {
      std::cout << reply.error();
      if (!reply.errorInfo.isUndefined()) std::cout << ' ' << reply.errorInfo;
      good_ = false;
    }
    std::cout << " after " << reply.elapsed.count() << " ms\n";
    if (--missing_ == 0) all_.set_value(good_);
  }
  /// Waits for them. @return whether every server returned a result.
  bool wait() { return all_.get_future().get(); }

 private:
  std::size_t missing_;
  bool good_ = true;
  std::promise<bool> all_;
};

int fail(const mc::Error& error) {
  std::cerr << "call_remote: " << error << '\n';
  return 1;
}

int run(const std::string& method, const std::string& argument,
        const std::vector<mc::ServerEntry>& servers) {
  // Declared before the array, so that they outlive its slots.
  Replies replies(servers.size());
  std::promise<void> setup;
  mc::MultiConnection array;
  array.onStatus([&setup](const mc::StatusEvent& event) {
    const bool decided =
        event.code == mc::StatusCode::SetupSuccess || event.code == mc::StatusCode::SetupFailed;
    if (decided) setup.set_value();
  });
  // What a server may ask of us. Whatever else it calls is answered with an error by the SDK.
  array.onCall("whoAreYou", [](const mc::RemoteCall& call) -> mc::Result<mc::AmfValue> {
    std::cout << call.server.url << " asks who we are\n";
    return mc::AmfValue("call_remote");
  });
  if (auto result = array.connect(servers); !result) return fail(result.error());
  setup.get_future().wait();

  mc::CallOptions options;
  options.deadline = std::chrono::seconds(5);
  if (auto result = array.callRemote(
          method, mc::Server::all(), {argument},
          [&replies](const mc::Reply& reply) { replies.take(reply); }, options);
      !result) {
    return fail(result.error());
  }
  const bool good = replies.wait();
  array.close();
  if (auto closed = array.waitClosed(std::chrono::seconds(3)); !closed) return fail(closed.error());
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: call_remote METHOD TEXT URL [URL ...]\n";
    return 2;
  }
  return run(argv[1], argv[2], std::vector<mc::ServerEntry>(argv + 3, argv + argc));
}
