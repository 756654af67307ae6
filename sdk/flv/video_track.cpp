#include <string>
#include <utility>

#include "flv/av1.hpp"
#include "flv/enhanced.hpp"
#include "flv/format.hpp"
#include "flv/nal_track.hpp"
#include "flv/packaged_track.hpp"
#include "flv/vpx.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::flv {
namespace {

using std::chrono::milliseconds;

/// A track of AV1, VP8 or VP9: frames without a composition time; the record is given, or follows
/// the stream.
class EnhancedVideoTrack : public PackagedTrack {
 public:
  using PackagedTrack::PackagedTrack;
  Bytes header() const override {
    return record_.empty() ? Bytes() : enhancedBody(codec(), packet_type::kSequenceStart, record_);
  }
  Bytes end() const override { return enhancedBody(codec(), packet_type::kSequenceEnd, {}); }

  Result<Bytes> frame(const EncodedPacket& packet, milliseconds compositionTime) override {
    if (compositionTime.count() != 0) {
      return Error{Errc::InvalidArgument,
                   name() + " frame presented " + std::to_string(compositionTime.count()) +
                       " ms from its decoding time, which Enhanced RTMP has no place for"};
    }
    if (!given_ && packet.keyFrame) {
      auto record = recordOf(packet.data);
      if (!record) return record.error();
      if (!record->empty()) adopt(std::move(*record));
    }
    if (record_.empty()) {
      return Error{Errc::CorruptData, name() + " frame at " +
                                          std::to_string(packet.decodeTime.count()) +
                                          " ms before the first key frame that tells its format"};
    }
    Bytes body;
    body.reserve(packet.data.size() + kSpareBytes);
    appendEnhancedHeader(body, codec(), packet_type::kCodedFrames,
                         packet.keyFrame ? kKeyFrame : kInterFrame);
    if (auto appended = append(body, packet.data); !appended) return appended.error();
    return body;
  }

 protected:
  /// The record for a key frame; empty where it tells none.
  virtual Result<Bytes> recordOf(const Bytes& keyFrame) const = 0;
  virtual Result<void> append(Bytes& body, const Bytes& data) const = 0;

  void give(Bytes record) {
    record_ = std::move(record);
    given_ = true;
  }
  void adopt(Bytes record) {
    if (record == record_) return;
    record_ = std::move(record);
    headerDue = true;
  }
  std::string name() const { return std::string(codecName(codec())); }

 private:
  static constexpr std::size_t kSpareBytes = 16;

  Bytes record_;
  bool given_ = false;
};

class Av1Track final : public EnhancedVideoTrack {
 public:
  Av1Track() : EnhancedVideoTrack(Codec::Av1) {}

  /// @param given  the record, or OBUs with a sequence header, as encoders hand them out.
  Result<void> configure(const Bytes& given) {
    if (given.empty()) return {};
    if (isAv1Record(given)) {
      give(given);
      return checkAv1Configuration(given);
    }
    auto record = makeAv1Configuration(given);
    if (!record) return record.error();
    if (record->empty()) {
      return Error{Errc::CorruptData, "AV1 configuration of " + std::to_string(given.size()) +
                                          " bytes without a sequence header"};
    }
    adopt(std::move(*record));
    return {};
  }

 protected:
  Result<Bytes> recordOf(const Bytes& keyFrame) const override {
    return makeAv1Configuration(keyFrame);
  }
  Result<void> append(Bytes& body, const Bytes& data) const override {
    return appendAv1TemporalUnit(body, data);
  }
};

class VpTrack final : public EnhancedVideoTrack {
 public:
  explicit VpTrack(const VideoFormat& format) : EnhancedVideoTrack(format.codec), format_(format) {}

  Result<void> configure(const Bytes& given) {
    if (given.empty()) return {};
    give(given);
    return checkVpConfiguration(given);
  }

 protected:
  Result<Bytes> recordOf(const Bytes& keyFrame) const override {
    return makeVpConfiguration(format_, keyFrame);
  }
  Result<void> append(Bytes& body, const Bytes& data) const override {
    if (data.empty()) return Error{Errc::CorruptData, name() + " frame of 0 bytes"};
    util::ByteWriter(body).bytes(data);
    return {};
  }

 private:
  VideoFormat format_;
};

template <class Track>
Result<std::unique_ptr<PackagedTrack>> configured(std::unique_ptr<Track> track,
                                                  const Bytes& configuration) {
  if (auto done = track->configure(configuration); !done) {
    return Error{Errc::InvalidArgument, done.error().message};
  }
  return std::unique_ptr<PackagedTrack>(std::move(track));
}

}  // namespace

Result<std::unique_ptr<PackagedTrack>> makeVideoTrack(const VideoFormat& format) {
  switch (format.codec) {
    case Codec::H264:
    case Codec::Hevc:
      return makeNalTrack(format);
    case Codec::Av1:
      return configured(std::make_unique<Av1Track>(), format.configuration);
    case Codec::Vp8:
    case Codec::Vp9:
      return configured(std::make_unique<VpTrack>(format), format.configuration);
    default:
      break;
  }
  return Error{Errc::InvalidArgument,
               "video format with codec " + std::string(codecName(format.codec))};
}

}  // namespace multiconnection::flv
