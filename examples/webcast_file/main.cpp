// Publishes an FLV file, in real time, to every server of an array under one stream name.
//
//   webcast_file clip.flv webCastName rtmp://a.example/live rtmp://b.example/live

#include <chrono>
#include <future>
#include <iostream>
#include <memory>
#include <multiconnection/multiconnection.hpp>
#include <string>
#include <utility>
#include <vector>

namespace mc = multiconnection;

namespace {

int fail(const mc::Error& error) {
  std::cerr << "webcast_file: " << error << '\n';
  return 1;
}

void printSummary(const mc::MultiConnection& array) {
  for (const mc::ServerStatistics& server : array.statistics()) {
    std::cout << server.url << ' ' << mc::stateName(server.state) << ": " << server.videoMessages
              << " video and " << server.audioMessages << " audio messages, "
              << server.droppedVideo + server.droppedAudio << " dropped\n";
  }
}

int webcast(std::shared_ptr<mc::PullSource> clip, const std::string& name,
            const std::vector<mc::ServerEntry>& servers) {
  // The one outcome: the end of the file, or a verdict against us. Declared before the array, so
  // that it outlives every slot.
  std::promise<int> outcome;
  mc::PullOptions pull;
  pull.onEnd = [&outcome](const mc::Result<void>& end) {
    outcome.set_value(end ? 0 : fail(end.error()));
  };

  mc::MultiConnection array;
  array.onStatus([&outcome](const mc::StatusEvent& event) {
    std::cout << event << '\n';
    // A failed setup makes the publishing fail, too.
    if (event.code == mc::StatusCode::StreamPublishFailed) outcome.set_value(1);
  });
  if (auto result = array.connect(servers); !result) return fail(result.error());
  if (auto result = array.stream().attach(std::move(clip), pull); !result) {
    return fail(result.error());
  }
  if (auto result = array.stream().publish(name); !result) return fail(result.error());

  const int exitCode = outcome.get_future().get();
  array.close();
  if (auto result = array.waitClosed(std::chrono::seconds(5)); !result) return fail(result.error());
  printSummary(array);
  return exitCode;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: webcast_file FILE.flv NAME URL [URL ...]\n";
    return 2;
  }
  auto clip = mc::FileSource::open(argv[1]);
  if (!clip) return fail(clip.error());
  return webcast(*clip, argv[2], std::vector<mc::ServerEntry>(argv + 3, argv + argc));
}
