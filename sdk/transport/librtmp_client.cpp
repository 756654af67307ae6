#include "transport/librtmp_client.hpp"

#include <librtmp/amf.h>
#include <librtmp/rtmp.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace multiconnection::transport {
namespace {

// The structure is used in place: a library of another layout must not compile in silence. The
// length is that of Debian's build on 64-bit systems.
static_assert(sizeof(void*) != 8 || sizeof(RTMP) == 17088, "an unknown layout of librtmp's RTMP");
static_assert(sizeof(RTMP_LNK::SWFHash) == sizeof(util::SwfFile::hash));
static_assert(sizeof(RTMP_LNK::SWFVerificationResponse) == sizeof(SwfVerificationResponse));

struct Free {
  void operator()(RTMP* rtmp) const {
    RTMP_Close(rtmp);
    AMF_Reset(&rtmp->Link.extras);  // RTMP_Close leaves them
    RTMP_Free(rtmp);
  }
};

struct FreeBody {
  void operator()(RTMPPacket* packet) const { RTMPPacket_Free(packet); }
};

/// librtmp reads both, and keeps pointers into the value.
AVal borrowed(const std::string& text) {
  return {const_cast<char*>(text.data()), static_cast<int>(text.size())};
}

Result<void> apply(RTMP& rtmp, const LibrtmpSettings& settings) {
  rtmp.Link.protocol =
      settings.encrypted ? RTMP_PROTOCOL_RTMP | RTMP_FEATURE_ENC : RTMP_PROTOCOL_RTMP;
  if (settings.swf) {
    std::copy(settings.swf->hash.begin(), settings.swf->hash.end(), rtmp.Link.SWFHash);
    rtmp.Link.SWFSize = settings.swf->size;
  } else if (settings.digest) {
    rtmp.Link.SWFSize = 1;  // librtmp sends a digest if there is a file; nobody asks for this one
  }
  for (const auto& [key, value] : settings.options) {
    const AVal name = borrowed(key);
    AVal argument = borrowed(value);
    if (!RTMP_SetOpt(&rtmp, &name, &argument)) {
      return Error(Errc::InvalidArgument, "librtmp refuses the option " + key);
    }
  }
  return {};
}

bool shakeHands(RTMP& rtmp) {
  // RTMP_Connect1 sends this in place of its own connect command. Nobody parses it.
  RTMPPacket sign{};
  sign.m_headerType = RTMP_PACKET_SIZE_LARGE;
  sign.m_packetType = RTMP_PACKET_TYPE_CHUNK_SIZE;
  sign.m_nChannel = 2;
  constexpr std::uint32_t kSize = 4;
  if (!RTMPPacket_Alloc(&sign, kSize)) return false;
  const std::unique_ptr<RTMPPacket, FreeBody> owner(&sign);
  sign.m_nBodySize = kSize;
  std::memset(sign.m_body, 0, kSize);
  return RTMP_Connect1(&rtmp, &sign) != 0;
}

LibrtmpVerdict::Accepted takeOver(const RTMP& rtmp, const LibrtmpSettings& settings) {
  LibrtmpVerdict::Accepted accepted;
  const auto* const out = static_cast<const arcfour_ctx*>(rtmp.Link.rc4keyOut);
  const auto* const in = static_cast<const arcfour_ctx*>(rtmp.Link.rc4keyIn);
  if (out != nullptr && in != nullptr) accepted.keys = {StreamCipher(*out), StreamCipher(*in)};
  // Its first byte is a constant.
  if (settings.swf && rtmp.Link.SWFVerificationResponse[0] != 0) {
    SwfVerificationResponse& response = accepted.swfResponse.emplace();
    std::memcpy(response.data(), rtmp.Link.SWFVerificationResponse, response.size());
  }
  return accepted;
}

}  // namespace

void LibrtmpVerdict::set(Result<Accepted> result) {
  const std::lock_guard lock(mutex_);
  result_.emplace(std::move(result));
}

Result<LibrtmpVerdict::Accepted> LibrtmpVerdict::get() const {
  const std::lock_guard lock(mutex_);
  if (result_) return *result_;
  return Error(Errc::CorruptData, "librtmp gave it up");
}

void prepareLibrtmp() {
  static std::once_flag once;
  std::call_once(once, [] {
    RTMP* const rtmp = RTMP_Alloc();
    RTMP_Init(rtmp);
    RTMP_Free(rtmp);
  });
}

void runLibrtmpClient(NativeSocket socket, const LibrtmpSettings& settings,
                      LibrtmpVerdict& verdict) {
  const std::unique_ptr<RTMP, Free> rtmp(RTMP_Alloc());
  RTMP_Init(rtmp.get());
  rtmp->m_sb.sb_socket = socket;
  if (const auto applied = apply(*rtmp, settings); !applied) return verdict.set(applied.error());
  if (shakeHands(*rtmp)) verdict.set(takeOver(*rtmp, settings));
}

}  // namespace multiconnection::transport
