#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"

namespace multiconnection::flv {

/// Reads an FLV byte stream that arrives in portions of any size.
///
/// Header -> HeaderRest -> Trailer -> TagHeader -> Body | Skipped -> Trailer -> ...
///
/// Audio, video and script tags become messages as soon as their body is complete; other tag types
/// are skipped. A PreviousTagSize of 0, as some live writers leave it, is accepted.
class FlvReader {
 public:
  using Sink = std::function<void(MediaMessage&&)>;

  /// @return Errc::CorruptData naming the byte offset and what was expected; Errc::Unsupported for
  /// an encrypted tag. Messages before the fault have been given to `sink`; after it, feed no more.
  Result<void> feed(std::span<const std::uint8_t> bytes, const Sink& sink);
  /// To be asked when the input has ended. @return Errc::CorruptData when it ends within the header
  /// or a tag, naming the tag's offset.
  Result<void> finish() const;
  /// Whether the file header was read and is right.
  bool headerRead() const { return step_ != Step::Header && step_ != Step::HeaderRest; }

 private:
  enum class Step { Header, HeaderRest, TagHeader, Body, Skipped, Trailer };

  Result<void> advance(const Sink& sink);
  Result<void> onHeader();
  Result<void> onTagHeader();
  void onBody(const Sink& sink);
  Result<void> onTrailer();
  void expect(Step step, std::size_t bytes);
  std::int64_t extendTimestamp(std::uint32_t timestamp);

  Step step_ = Step::Header;
  std::size_t wanted_ = 9;      ///< Bytes that complete the step.
  std::size_t skipped_ = 0;     ///< Of them, passed without being kept.
  Bytes kept_;                  ///< Of them, kept.
  std::uint64_t position_ = 0;  ///< Bytes consumed.
  std::uint64_t tagOffset_ = 0;
  std::uint32_t tagBytes_ = 0;  ///< Header and body of the last tag.
  MediaMessage message_;
  std::int64_t lastTimestamp_ = 0;  ///< Unwrapped.
};

}  // namespace multiconnection::flv
