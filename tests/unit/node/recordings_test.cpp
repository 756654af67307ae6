#include "node/recordings.hpp"

#include <gmock/gmock.h>

#include <future>
#include <optional>

#include "support/media_messages.hpp"
#include "support/temp_dir.hpp"

namespace multiconnection::node {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kFrameBytes = 40000;

/// Recordings whose disk hangs until it is freed.
class HangingDisk : public testing::Test {
 protected:
  void SetUp() override {
    loop_.run([this] {
      recordings_ = std::move(Recordings::open(loop_, dir_.file(""), {100000, 0})).value();
      recordings_->onDisk([freed = free_.get_future().share()] { freed.wait_for(20s); });
      recorder_ = recordings_->record(
          "live/one.flv", RecordMode::Overwrite,
          {[this](const Result<void>& opened) { opened_.set_value(static_cast<bool>(opened)); },
           [this](const Error& why) { failed_.set_value(why); }, [this] { ended_.set_value(); }});
    });
  }
  void TearDown() override {
    loop_.run([this] {
      recorder_.reset();
      recordings_.reset();
    });
  }
  void push(int frames) {
    loop_.run([&] {
      for (int i = 0; i < frames; ++i) {
        recorder_->push(test::keyFrame(i * 40, static_cast<std::uint8_t>(i), kFrameBytes));
      }
    });
  }
  template <class T>
  static bool arrived(std::future<T>& future) {
    return future.wait_for(20s) == std::future_status::ready;
  }

  test::TempDir dir_;
  reactor::Loop loop_;
  std::promise<void> free_;
  std::promise<bool> opened_;
  std::promise<Error> failed_;
  std::promise<void> ended_;
  std::unique_ptr<Recordings> recordings_;
  std::unique_ptr<Recorder> recorder_;
};

TEST_F(HangingDisk, EndsTheRecordingWhenItsQueueIsFullAndHoldsUpNobody) {
  push(2);
  auto failed = failed_.get_future();
  EXPECT_EQ(failed.wait_for(0s), std::future_status::timeout) << "so much may wait";
  push(5);
  ASSERT_TRUE(arrived(failed)) << "told while the disk still hangs";
  const Error why = failed.get();
  EXPECT_EQ(why.code, Errc::LimitExceeded);
  EXPECT_EQ(why.message, "the disk is too slow for this stream");
  auto ended = ended_.get_future();
  loop_.run([this] {
    EXPECT_TRUE(recordings_->isBusy("live/one.flv"));
    recorder_.reset();
  });
  free_.set_value();
  ASSERT_TRUE(arrived(ended));
  loop_.run([this] { EXPECT_FALSE(recordings_->isBusy("live/one.flv")); });
  const auto folder = util::ConfinedFolder::open(dir_.file(""));
  auto reader = std::move(RecordingReader::open(*folder, "live/one.flv")).value();
  ASSERT_TRUE(reader->index(100).value());
  EXPECT_EQ(reader->duration(), 40ms) << "the two frames that had room";
}

TEST_F(HangingDisk, ThatGoesOnInTimeLosesNothing) {
  push(2);
  free_.set_value();
  auto opened = opened_.get_future();
  ASSERT_TRUE(arrived(opened));
  EXPECT_TRUE(opened.get());
  recordings_->drain();
  push(2);
  auto ended = ended_.get_future();
  loop_.run([this] { recorder_.reset(); });
  ASSERT_TRUE(arrived(ended));
  EXPECT_EQ(failed_.get_future().wait_for(0s), std::future_status::timeout);
  const auto folder = util::ConfinedFolder::open(dir_.file(""));
  EXPECT_GT(folder->totalBytes(), 4 * kFrameBytes);
}

}  // namespace
}  // namespace multiconnection::node
