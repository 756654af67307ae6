#pragma once

#include <cstddef>
#include <cstdint>

/// Numbers of the FLV format (Adobe FLV and F4V, version 10.1, annex E) and of Enhanced RTMP that
/// more than one file of this room needs.
namespace multiconnection::flv {

inline constexpr std::size_t kFileHeaderBytes = 9;
inline constexpr std::size_t kTagHeaderBytes = 11;
inline constexpr std::size_t kTrailerBytes = 4;  ///< PreviousTagSize
inline constexpr std::size_t kMaxBodyBytes = 0xFFFFFF;

inline constexpr std::uint8_t kKeyFrame = 1;
inline constexpr std::uint8_t kInterFrame = 2;
inline constexpr std::uint8_t kDisposableFrame = 3;
inline constexpr std::uint8_t kGeneratedKeyFrame = 4;
inline constexpr std::uint8_t kCommandFrame = 5;  ///< Of a server, about seeking; no picture.
inline constexpr std::uint8_t kCodecAvc = 7;
/// HEVC under a classic header, as several Asian servers and encoders write it.
inline constexpr std::uint8_t kCodecHevcUnofficial = 12;
inline constexpr std::uint8_t kSoundMp3 = 2;
inline constexpr std::uint8_t kSoundEnhanced = 9;  ///< A FourCC says the codec.
inline constexpr std::uint8_t kSoundAac = 10;
inline constexpr std::uint8_t kSoundMp3At8Khz = 14;
/// First byte of every AAC tag: 44 kHz, 16 bit, stereo, whatever the AudioSpecificConfig says.
inline constexpr std::uint8_t kAacTagByte = 0xAF;

/// Second byte of a classic AVC tag (AVCPacketType) and of an AAC tag (AACPacketType: 0 and 1).
enum class PacketType : std::uint8_t { SequenceHeader = 0, Frame = 1, EndOfSequence = 2 };

}  // namespace multiconnection::flv
