#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"
#include "node/stream_requests.hpp"
#include "util/confined_folder.hpp"

namespace multiconnection::node {

/// Writes the FLV file of one recording. Whatever ends the process, the file is whole tags, then at
/// most one torn tag: players take it, and the next append repairs it.
class RecordingWriter {
 public:
  /// @return why the file cannot be written; Errc::CorruptData when what is to be continued is no
  /// FLV, which stays as it is.
  static Result<RecordingWriter> open(const util::ConfinedFolder& root, const std::string& path,
                                      RecordMode mode);

  /// Writes the messages; all of them, or none when it fails.
  Result<void> append(std::span<const MediaMessage> messages);
  /// Puts duration, size and tracks where players look for them.
  Result<void> finish();

  std::chrono::milliseconds duration() const { return last_; }
  std::uint64_t bytes() const { return size_; }

 private:
  /// Where numbers stand in the file that are known at its end only.
  struct Places {
    std::optional<std::uint64_t> duration;
    std::optional<std::uint64_t> fileSize;
  };

  RecordingWriter(util::DataFile file, RecordMode mode) : file_(std::move(file)), mode_(mode) {}
  Result<void> begin();
  Result<void> continueOld();
  void appendMessage(Bytes& out, const MediaMessage& message);
  static void appendTag(Bytes& out, const MediaMessage& place, std::span<const std::uint8_t> body);
  std::chrono::milliseconds placeOf(const MediaMessage& message);

  util::DataFile file_;
  RecordMode mode_;
  std::uint64_t size_ = 0;
  Places places_;
  bool described_ = false;  ///< The first tag, which tells of the stream, is there.
  bool continued_ = false;  ///< There were frames before ours.
  bool hasAudio_ = false;
  bool hasVideo_ = false;
  std::optional<std::chrono::milliseconds> offset_;  ///< Added to timestamps; from the first frame.
  std::chrono::milliseconds last_{0};                ///< The largest timestamp in the file.
};

}  // namespace multiconnection::node
