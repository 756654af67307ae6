#pragma once

#include "ffmpeg/av_types.hpp"
#include "multiconnection/ffmpeg.hpp"
#include "multiconnection/media.hpp"

namespace multiconnection::ffmpeg {

/// The test source's encoders: in software, without delay and without B-frames, float samples.
/// @return Errc::Unsupported for a codec that the test source, or this build of FFmpeg, does not
/// encode.
Result<CodecPointer> openVideoEncoder(const TestSourceOptions& options);
Result<CodecPointer> openAudioEncoder(Codec codec, int sampleRate, int channels, int bitrateBps);

}  // namespace multiconnection::ffmpeg
