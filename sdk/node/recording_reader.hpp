#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"
#include "node/recording_tags.hpp"
#include "util/confined_folder.hpp"

namespace multiconnection::node {

/// Reads a recording from any moment on: knows its key frames and the headers that belong to them.
/// Made for the disk's thread: each call does a bounded piece of work.
class RecordingReader {
 public:
  static Result<std::unique_ptr<RecordingReader>> open(const util::ConfinedFolder& root,
                                                       const std::string& path);

  /// Looks at up to `tags` further tags; to be called until it returns true.
  /// @return whether the whole file is known; Errc::CorruptData, Errc::LimitExceeded.
  Result<bool> index(std::size_t tags);
  /// The largest timestamp.
  std::chrono::milliseconds duration() const { return duration_; }

  /// Goes to the key frame at or before `time`, in a recording without video to the audio there.
  /// Other video tracks than the first may then begin with frames that depend on earlier ones.
  /// @return what a decoder needs first: metadata and sequence headers, stamped like that frame.
  Result<std::vector<MediaMessage>> seek(std::chrono::milliseconds time);
  /// The next messages, about `bytes` of them; none at the end.
  Result<std::vector<MediaMessage>> read(std::size_t bytes);

 private:
  explicit RecordingReader(util::DataFile file) : file_(std::move(file)) {}
  Result<void> note(RecordedTag&& tag);
  Result<MediaMessage> messageOf(const RecordedTag& tag);

  util::DataFile file_;
  std::optional<RecordedTags> tags_;
  /// Where playing can begin. Without what the tags begin with.
  std::vector<RecordedTag> keyFrames_;  ///< Of one video track.
  std::optional<std::uint8_t> track_;   ///< That one: others' key frames may follow close behind.
  std::vector<RecordedTag> audioPoints_;
  std::vector<RecordedTag> headers_;
  std::optional<RecordedTag> first_;
  std::chrono::milliseconds duration_{0};
};

}  // namespace multiconnection::node
