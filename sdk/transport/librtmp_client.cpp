#include "transport/librtmp_client.hpp"

#include <librtmp/rtmp.h>

#include <cstring>
#include <memory>
#include <mutex>

namespace multiconnection::transport {
namespace {

// The structure is used in place: a library of another layout must not compile in silence. The
// length is that of Debian's build on 64-bit systems.
static_assert(sizeof(void*) != 8 || sizeof(RTMP) == 17088, "an unknown layout of librtmp's RTMP");

struct Free {
  void operator()(RTMP* rtmp) const {
    RTMP_Close(rtmp);
    RTMP_Free(rtmp);
  }
};

struct FreeBody {
  void operator()(RTMPPacket* packet) const { RTMPPacket_Free(packet); }
};

}  // namespace

void prepareLibrtmp() {
  static std::once_flag once;
  std::call_once(once, [] {
    RTMP* const rtmp = RTMP_Alloc();
    RTMP_Init(rtmp);
    RTMP_Free(rtmp);
  });
}

void runLibrtmpClient(NativeSocket socket) {
  const std::unique_ptr<RTMP, Free> rtmp(RTMP_Alloc());
  RTMP_Init(rtmp.get());
  rtmp->Link.protocol = RTMP_PROTOCOL_RTMP;
  rtmp->m_sb.sb_socket = socket;

  // RTMP_Connect1 sends this in place of its own connect command. Nobody parses it.
  RTMPPacket sign{};
  sign.m_headerType = RTMP_PACKET_SIZE_LARGE;
  sign.m_packetType = RTMP_PACKET_TYPE_CHUNK_SIZE;
  sign.m_nChannel = 2;
  constexpr std::uint32_t kSize = 4;
  if (!RTMPPacket_Alloc(&sign, kSize)) return;
  const std::unique_ptr<RTMPPacket, FreeBody> owner(&sign);
  sign.m_nBodySize = kSize;
  std::memset(sign.m_body, 0, kSize);
  RTMP_Connect1(rtmp.get(), &sign);
}

}  // namespace multiconnection::transport
