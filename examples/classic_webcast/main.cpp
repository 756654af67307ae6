// The tutorial of the original MultiConnection class, in its own names: waits for the set-up of all
// servers, tells who is on in a shared object, publishes an FLV file to them, in real time, and
// closes.
//
//   classic_webcast clip.flv webCastName rtmp://a.example/live rtmp://b.example/live

#include <future>
#include <iostream>
#include <memory>
#include <multiconnection/classic.hpp>
#include <string>
#include <utility>
#include <vector>

namespace mc = multiconnection;

namespace {

int fail(const mc::Error& error) {
  std::cerr << "classic_webcast: " << error << '\n';
  return 1;
}

int webcast(std::shared_ptr<mc::PullSource> clip, const std::string& name,
            const std::vector<mc::ServerEntry>& servers) {
  // Declared before the array, so that they outlive every handler.
  std::promise<int> outcome;
  std::promise<void> closed;
  mc::PullOptions pull;
  pull.onEnd = [&outcome](const mc::Result<void>& end) {
    outcome.set_value(end ? 0 : fail(end.error()));
  };

  mc::classic::MultiConnection array;
  array.soSync("info_so", [&array](const mc::SyncEvent& sync) {
    std::cout << sync.server.url << ": on air is " << *array.getSoValue("info_so.data.userName")
              << '\n';
  });
  if (auto result = array.sharedObjectSetup("info_so"); !result) return fail(result.error());
  const auto start = [&]() -> mc::Result<void> {
    if (auto result = array.setSoValue("info_so.data.userName", name); !result) return result;
    array.setNetStreams();
    if (auto result = array.attach(std::move(clip), pull); !result) return result;
    return array.publish(name, "live");
  };
  array.onStatus = [&](const mc::classic::Info& info) {
    std::cout << info.code << ": " << info.description << '\n';
    if (info.code == "NetConnection.Setup.Success") {
      if (auto result = start(); !result) outcome.set_value(fail(result.error()));
    }
    if (info.code == "NetConnection.Setup.Failed") outcome.set_value(1);
    if (info.code == "MultiConnection.Closed") closed.set_value();
  };
  array.nsStatus = [&](const mc::classic::Info& info) {
    std::cout << info.code << '\n';
    if (info.code == "MultiStream.Publish.Failed") outcome.set_value(1);
  };
  if (auto result = array.connect(servers); !result) return fail(result.error());

  const int exitCode = outcome.get_future().get();
  array.nsClose();
  array.ncClose();
  closed.get_future().wait();
  return exitCode;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: classic_webcast FILE.flv NAME URL [URL ...]\n";
    return 2;
  }
  auto clip = mc::FileSource::open(argv[1]);
  if (!clip) return fail(clip.error());
  return webcast(*clip, argv[2], std::vector<mc::ServerEntry>(argv + 3, argv + argc));
}
