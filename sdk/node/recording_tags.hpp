#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"
#include "rtmp/media_time.hpp"
#include "util/confined_folder.hpp"

namespace multiconnection::node {

/// A tag of a recording: where it is and what its first bytes say.
struct RecordedTag {
  std::uint64_t offset = 0;
  std::uint64_t end = 0;  ///< Where the next one begins.
  MediaKind kind = MediaKind::Data;
  bool known = true;  ///< Of one of the kinds; others are skipped.
  std::chrono::milliseconds timestamp{0};
  Bytes beginning;  ///< Of the body: enough to tell what it is.
};

/// Goes from tag to tag through an FLV file of ours, or of a stranger, that may end within a tag.
class RecordedTags {
 public:
  /// Looks at the header. @return Errc::CorruptData when the file is no FLV.
  static Result<RecordedTags> open(util::DataFile& file);

  /// The next whole tag; none at the end, or where the last one is torn.
  /// @return Errc::CorruptData where something else than a tag stands, naming the byte.
  Result<std::optional<RecordedTag>> next();
  /// The body of a tag.
  Result<SharedBytes> body(const RecordedTag& tag) const;
  /// Where next() will look.
  std::uint64_t position() const { return position_; }
  /// Goes on with `tag`, which next() gave before.
  void goTo(const RecordedTag& tag);
  util::DataFile& file() { return *file_; }

 private:
  explicit RecordedTags(util::DataFile& file, std::uint64_t size) : file_(&file), size_(size) {}
  /// `count` bytes at `offset`, from a window that is read ahead; fewer at the end.
  Result<std::span<const std::uint8_t>> peek(std::uint64_t offset, std::size_t count);

  util::DataFile* file_;
  std::uint64_t size_;  ///< When it was opened: what is written later is not looked at.
  std::uint64_t position_ = 0;
  rtmp::MediaTime time_;
  std::chrono::milliseconds base_{0};  ///< Added to what time_ says.
  Bytes window_;
  std::uint64_t windowOffset_ = 0;
};

}  // namespace multiconnection::node
