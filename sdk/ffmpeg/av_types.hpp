#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
}

#include <memory>
#include <string>

#include "multiconnection/error.hpp"

/// Owners for FFmpeg's objects, and its error numbers as ours.
namespace multiconnection::ffmpeg {

template <auto Free>
struct AvFree {
  template <class T>
  void operator()(T* object) const {
    Free(&object);
  }
};
using FormatPointer = std::unique_ptr<AVFormatContext, AvFree<avformat_close_input>>;
using InputPointer = std::unique_ptr<AVIOContext, AvFree<avio_closep>>;
using CodecPointer = std::unique_ptr<AVCodecContext, AvFree<avcodec_free_context>>;
using FilterPointer = std::unique_ptr<AVBSFContext, AvFree<av_bsf_free>>;
using PacketPointer = std::unique_ptr<AVPacket, AvFree<av_packet_free>>;
using FramePointer = std::unique_ptr<AVFrame, AvFree<av_frame_free>>;

/// `what` with FFmpeg's words; the system's code where the number is one, else Errc::CorruptData,
/// or Errc::Closed after an interrupt.
Error avError(int number, const std::string& what);
inline Error outOfMemory() { return avError(AVERROR(ENOMEM), "FFmpeg"); }

}  // namespace multiconnection::ffmpeg
