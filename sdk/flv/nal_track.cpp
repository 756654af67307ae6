#include "flv/nal_track.hpp"

#include <string>
#include <utility>

#include "flv/avc.hpp"
#include "flv/enhanced.hpp"
#include "flv/format.hpp"
#include "flv/hevc.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::flv {
namespace {

using std::chrono::milliseconds;

Error corrupt(std::string message) { return {Errc::CorruptData, std::move(message)}; }

struct Avc {
  using Sets = ParameterSets;
  static constexpr Codec kCodec = Codec::H264;
  static auto parse(const Bytes& record) { return parseAvcConfiguration(record); }
  static auto make(const Sets& sets) { return makeAvcConfiguration(sets); }
  static Sets setsOf(std::span<const NalUnit> units) { return parameterSetsOf(units); }
  static bool isComplete(const Sets& sets) { return !sets.sps.empty() && !sets.pps.empty(); }
  static constexpr std::string_view kSetNames = "SPS and PPS";

  static Bytes header(const Bytes& record) { return avcSequenceHeader(record); }
  static Bytes end() { return avcEndOfSequence(); }
  static void appendHead(Bytes& out, bool keyFrame, milliseconds compositionTime) {
    appendAvcFrameHeader(out, keyFrame, compositionTime);
  }
};

struct Hevc {
  using Sets = HevcParameterSets;
  static constexpr Codec kCodec = Codec::Hevc;
  static auto parse(const Bytes& record) { return parseHevcConfiguration(record); }
  static auto make(const Sets& sets) { return makeHevcConfiguration(sets); }
  static Sets setsOf(std::span<const NalUnit> units) { return hevcParameterSetsOf(units); }
  static bool isComplete(const Sets& sets) { return sets.complete(); }
  static constexpr std::string_view kSetNames = "VPS, SPS and PPS";

  static Bytes header(const Bytes& record) {
    return enhancedBody(kCodec, packet_type::kSequenceStart, record);
  }
  static Bytes end() { return enhancedBody(kCodec, packet_type::kSequenceEnd, {}); }
  static void appendHead(Bytes& out, bool keyFrame, milliseconds compositionTime) {
    const bool late = compositionTime.count() != 0;
    appendEnhancedHeader(out, kCodec, late ? packet_type::kCodedFrames : packet_type::kCodedFramesX,
                         keyFrame ? kKeyFrame : kInterFrame);
    if (late) {
      util::ByteWriter(out).u24(static_cast<std::uint32_t>(compositionTime.count()) & 0xFFFFFF);
    }
  }
};

/// One track: its record, and how its packets separate NAL units.
template <class Format>
class NalTrack final : public PackagedTrack {
 public:
  static Result<std::unique_ptr<PackagedTrack>> create(const Bytes& given) {
    auto track = std::make_unique<NalTrack>();
    if (auto configured = track->configure(given); !configured) {
      return Error{Errc::InvalidArgument, configured.error().message};
    }
    return std::unique_ptr<PackagedTrack>(std::move(track));
  }
  NalTrack() : PackagedTrack(Format::kCodec) {}

  Bytes header() const override { return record_.empty() ? Bytes() : Format::header(record_); }
  Bytes end() const override { return Format::end(); }

  Result<Bytes> frame(const EncodedPacket& packet, milliseconds compositionTime) override {
    Bytes body;
    body.reserve(packet.data.size() + kSpareBytes);
    Format::appendHead(body, packet.keyFrame, compositionTime);
    if (lengthBytes_ != 0 && isLengthPrefixed(packet.data, lengthBytes_)) {
      util::ByteWriter(body).bytes(packet.data);
      return body;
    }
    // A record for shorter lengths cannot describe the 4-byte ones that would be written here.
    const bool mayBeAnnexB = lengthBytes_ == 0 || lengthBytes_ == 4;
    if (!mayBeAnnexB || !isAnnexB(packet.data)) {
      return corrupt(name() + " frame of " + std::to_string(packet.data.size()) + " bytes at " +
                     std::to_string(packet.decodeTime.count()) +
                     " ms whose NAL units cannot be told apart");
    }
    const auto units = splitAnnexB(packet.data);
    if (auto seen = takeParameterSets(units, packet); !seen) return seen.error();
    appendLengthPrefixed(body, units);
    return body;
  }

 private:
  /// The head, and room for start codes of 3 bytes that become lengths of 4 in a usual frame.
  static constexpr std::size_t kSpareBytes = 24;

  static std::string name() { return std::string(codecName(Format::kCodec)); }

  Result<void> configure(const Bytes& given) {
    if (given.empty()) return {};
    if (isAnnexB(given)) return adopt(Format::setsOf(splitAnnexB(given)));
    auto parsed = Format::parse(given);
    if (!parsed) return parsed.error();
    record_ = given;
    lengthBytes_ = parsed->lengthBytes;
    return {};
  }

  Result<void> adopt(typename Format::Sets sets) {
    auto record = Format::make(sets);
    if (!record) return record.error();
    record_ = std::move(*record);
    sets_ = std::move(sets);
    headerDue = true;
    return {};
  }

  /// Follows the parameter sets in the stream, unless a record was given, which then counts.
  Result<void> takeParameterSets(std::span<const NalUnit> units, const EncodedPacket& packet) {
    if (units.empty()) return corrupt(name() + " frame without a NAL unit");
    if (lengthBytes_ == 0 && packet.keyFrame) {
      auto sets = Format::setsOf(units);
      if (Format::isComplete(sets) && sets != sets_) return adopt(std::move(sets));
    }
    if (record_.empty()) {
      return corrupt(name() + " frame at " + std::to_string(packet.decodeTime.count()) +
                     " ms before the first key frame with " + std::string(Format::kSetNames));
    }
    return {};
  }

  Bytes record_;
  typename Format::Sets sets_;
  std::size_t lengthBytes_ = 0;  ///< 0: Annex B.
};

}  // namespace

Result<std::unique_ptr<PackagedTrack>> makeNalTrack(const VideoFormat& format) {
  return format.codec == Codec::H264 ? NalTrack<Avc>::create(format.configuration)
                                     : NalTrack<Hevc>::create(format.configuration);
}

}  // namespace multiconnection::flv
