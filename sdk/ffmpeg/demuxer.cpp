#include "ffmpeg/demuxer.hpp"

extern "C" {
#include <libavutil/dict.h>
}

#include <algorithm>
#include <string_view>
#include <utility>

namespace multiconnection::ffmpeg {
namespace {

/// Far enough to meet the first packet of each track; what starts later is not waited for.
constexpr std::size_t kMaxHeadPackets = 512;

std::optional<Codec> carried(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_H264:
      return Codec::H264;
    case AV_CODEC_ID_HEVC:
      return Codec::Hevc;
    case AV_CODEC_ID_AV1:
      return Codec::Av1;
    case AV_CODEC_ID_VP8:
      return Codec::Vp8;
    case AV_CODEC_ID_VP9:
      return Codec::Vp9;
    case AV_CODEC_ID_AAC:
      return Codec::Aac;
    case AV_CODEC_ID_MP3:
      return Codec::Mp3;
    case AV_CODEC_ID_OPUS:
      return Codec::Opus;
    case AV_CODEC_ID_FLAC:
      return Codec::Flac;
    case AV_CODEC_ID_AC3:
      return Codec::Ac3;
    case AV_CODEC_ID_EAC3:
      return Codec::Eac3;
    default:
      return std::nullopt;
  }
}

/// Whether FFmpeg's extradata is what a player must know of the track. Of VP8 and VP9 it is not:
/// their records are made from the frames.
bool extradataConfigures(Codec codec) {
  switch (codec) {
    case Codec::H264:
    case Codec::Hevc:
    case Codec::Av1:
    case Codec::Aac:
    case Codec::Opus:
    case Codec::Flac:
      return true;
    default:
      return false;
  }
}

/// AV1, VP8 and VP9 have frames that are decoded but not shown inside their packets, which
/// therefore follow each other as they are shown; Enhanced RTMP has one time for each.
bool hasOneTime(Codec codec) {
  return codec == Codec::Av1 || codec == Codec::Vp8 || codec == Codec::Vp9;
}

Bytes extradataOf(const AVCodecParameters& parameters, Codec codec) {
  if (parameters.extradata_size <= 0 || !extradataConfigures(codec)) return {};
  return {parameters.extradata, parameters.extradata + parameters.extradata_size};
}

/// AAC without an AudioSpecificConfig comes in ADTS frames, which carry it in their headers.
Result<FilterPointer> adtsFilter(const AVStream& stream) {
  AVBSFContext* context = nullptr;
  const AVBitStreamFilter* filter = av_bsf_get_by_name("aac_adtstoasc");
  if (filter == nullptr) {
    return Error{Errc::Unsupported, "this build of FFmpeg lacks the filter aac_adtstoasc"};
  }
  if (const int failed = av_bsf_alloc(filter, &context); failed < 0) {
    return avError(failed, "aac_adtstoasc");
  }
  FilterPointer owner(context);
  avcodec_parameters_copy(context->par_in, stream.codecpar);
  context->time_base_in = stream.time_base;
  if (const int failed = av_bsf_init(context); failed < 0) return avError(failed, "aac_adtstoasc");
  return owner;
}

int isInterrupted(void* flag) {
  return static_cast<const std::atomic<bool>*>(flag)->load() ? 1 : 0;
}

/// Files and addresses that a file names stay closed: its author is not the user.
int refuseToOpen(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

}  // namespace

Result<std::unique_ptr<Demuxer>> Demuxer::open(const std::string& path,
                                               const std::atomic<bool>& interrupted) {
  std::unique_ptr<Demuxer> demuxer(new Demuxer("'" + path + "'"));
  if (auto opened = demuxer->openInput(path, interrupted); !opened) return opened.error();
  if (auto chosen = demuxer->chooseTracks(); !chosen) return chosen.error();
  if (auto read = demuxer->readHead(); !read) return read.error();
  return demuxer;
}

Result<void> Demuxer::openInput(const std::string& path, const std::atomic<bool>& interrupted) {
  AVFormatContext* context = avformat_alloc_context();
  if (context == nullptr) return outOfMemory();
  format_.reset(context);
  // FFmpeg's callback takes a pointer to non-const; isInterrupted() only reads.
  context->interrupt_callback = {isInterrupted, const_cast<std::atomic<bool>*>(&interrupted)};
  context->io_open = refuseToOpen;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  AVIOContext* input = nullptr;
  const int unopened = avio_open2(&input, ("file:" + path).c_str(), AVIO_FLAG_READ,
                                  &context->interrupt_callback, &options);
  av_dict_free(&options);
  if (unopened < 0) return avError(unopened, "cannot open " + name_);
  input_.reset(input);
  context->pb = input;
  context->flags |= AVFMT_FLAG_CUSTOM_IO;  // input_ closes it, whatever happens
  if (auto checked = checkFormat(); !checked) return checked;
  const int failed = avformat_open_input(&context, path.c_str(), context->iformat, nullptr);
  if (failed < 0) {
    static_cast<void>(format_.release());  // It was freed.
    return avError(failed, "cannot open " + name_);
  }
  if (const int unread = avformat_find_stream_info(context, nullptr); unread < 0) {
    return avError(unread, "cannot read " + name_);
  }
  return {};
}

/// Recognises the container by its content.
Result<void> Demuxer::checkFormat() {
  const AVInputFormat* found = nullptr;
  const int failed = av_probe_input_buffer2(input_.get(), &found, name_.c_str(), nullptr, 0, 0);
  if (failed < 0) return avError(failed, "cannot recognise " + name_);
  // A playlist without its media would be read again and again, and never end.
  for (const std::string_view playlist : {"hls", "dash", "concat", "imf", "sdp", "rtsp"}) {
    if (found->name == playlist) {
      return Error{Errc::Unsupported,
                   name_ + " is no media file but names others (" + std::string(playlist) + ')'};
    }
  }
  format_->iformat = found;
  return {};
}

Result<void> Demuxer::chooseTracks() {
  auto video = chooseTrack(AVMEDIA_TYPE_VIDEO);
  if (!video) return video.error();
  auto audio = chooseTrack(AVMEDIA_TYPE_AUDIO);
  if (!audio) return audio.error();
  video_ = std::move(*video);
  audio_ = std::move(*audio);
  if (!video_ && !audio_) {
    return Error{Errc::Unsupported, name_ + " has neither a video nor an audio track"};
  }
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    const int index = static_cast<int>(i);
    const bool used = (video_ && video_->stream == index) || (audio_ && audio_->stream == index);
    if (!used) format_->streams[i]->discard = AVDISCARD_ALL;
  }
  return {};
}

Result<std::optional<Track>> Demuxer::chooseTrack(AVMediaType type) {
  const int index = av_find_best_stream(format_.get(), type, -1, -1, nullptr, 0);
  if (index < 0) return std::optional<Track>();
  const AVStream& stream = *format_->streams[index];
  // A cover picture is no video.
  if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) return std::optional<Track>();
  const AVCodecParameters& parameters = *stream.codecpar;
  const auto codec = carried(parameters.codec_id);
  if (!codec) {
    const bool video = type == AVMEDIA_TYPE_VIDEO;
    return Error{Errc::Unsupported, std::string(video ? "video codec " : "audio codec ") +
                                        avcodec_get_name(parameters.codec_id) + " of " + name_ +
                                        " cannot be carried over RTMP" +
                                        (video ? " (h264, hevc, av1, vp8 and vp9 can)"
                                               : " (aac, mp3, opus, flac, ac3 and eac3 can)")};
  }
  Track track{index, *codec, TrackClock(stream.time_base, stream.avg_frame_rate), nullptr,
              extradataOf(parameters, *codec)};
  if (*codec == Codec::Aac && parameters.extradata_size == 0) {
    auto filter = adtsFilter(stream);
    if (!filter) return filter.error();
    track.filter = std::move(*filter);
  }
  return std::optional<Track>(std::move(track));
}

Result<void> Demuxer::readHead() {
  bool videoSeen = !video_;
  bool audioSeen = !audio_;
  while ((!videoSeen || !audioSeen) && head_.size() < kMaxHeadPackets) {
    auto next = readFiltered();
    if (!next) return next.error();
    if (!*next) break;
    if ((*next)->packet->dts != AV_NOPTS_VALUE) ((*next)->video ? videoSeen : audioSeen) = true;
    head_.push_back(std::move(**next));
  }
  startClock(video_, true);
  startClock(audio_, false);
  origin_ = format_->start_time == AV_NOPTS_VALUE ? 0 : format_->start_time;
  std::optional<std::chrono::milliseconds> first;
  for (TrackPacket& entry : head_) {
    TrackClock& clock = (entry.video ? video_ : audio_)->clock;
    clock.repair(*entry.packet);
    const auto time = clock.since(origin_, entry.packet->dts);
    first = std::min(first.value_or(time), time);
  }
  first_ = first.value_or(std::chrono::milliseconds(0));
  return {};
}

void Demuxer::startClock(std::optional<Track>& track, bool video) {
  if (!track) return;
  std::vector<const AVPacket*> packets;
  for (const TrackPacket& entry : head_) {
    if (entry.video == video) packets.push_back(entry.packet.get());
  }
  track->clock.start(packets);
}

Result<std::optional<TrackPacket>> Demuxer::read() {
  if (!head_.empty()) {
    std::optional<TrackPacket> next = std::move(head_.front());
    head_.pop_front();
    return next;
  }
  auto next = readFiltered();
  if (next && *next) ((*next)->video ? video_ : audio_)->clock.repair(*(*next)->packet);
  return next;
}

Result<std::optional<TrackPacket>> Demuxer::readFiltered() {
  while (true) {
    PacketPointer packet(av_packet_alloc());
    if (!packet) return outOfMemory();
    const int failed = av_read_frame(format_.get(), packet.get());
    if (failed == AVERROR_EOF && cut_) {
      return Error{Errc::CorruptData, name_ + ": truncated: its last frame is incomplete"};
    }
    if (failed == AVERROR_EOF) return std::optional<TrackPacket>();
    if (failed < 0) return avError(failed, "cannot read " + name_);
    // libavformat hands such a packet out without an error.
    cut_ = (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
    if (cut_) continue;
    const bool video = video_ && packet->stream_index == video_->stream;
    const bool audio = audio_ && packet->stream_index == audio_->stream;
    if ((!video && !audio) || packet->size == 0) continue;
    Track& track = video ? *video_ : *audio_;
    if (!track.filter) {
      return std::optional<TrackPacket>(TrackPacket{std::move(packet), video});
    }
    if (const int refused = av_bsf_send_packet(track.filter.get(), packet.get()); refused < 0) {
      return avError(refused, "AAC in " + name_);
    }
    auto filtered = receive(track);
    if (!filtered || *filtered) return filtered;
  }
}

/// aac_adtstoasc gives one packet for each that it takes, or none for an empty one.
Result<std::optional<TrackPacket>> Demuxer::receive(Track& track) {
  PacketPointer packet(av_packet_alloc());
  if (!packet) return outOfMemory();
  const int failed = av_bsf_receive_packet(track.filter.get(), packet.get());
  if (failed == AVERROR(EAGAIN)) return std::optional<TrackPacket>();
  if (failed < 0) return avError(failed, "AAC in " + name_);
  if (track.configuration.empty()) track.configuration = newConfiguration(*packet, track.codec);
  return std::optional<TrackPacket>(TrackPacket{std::move(packet), false});
}

Bytes newConfiguration(const AVPacket& packet, Codec codec) {
  if (!extradataConfigures(codec)) return {};
  std::size_t size = 0;
  const std::uint8_t* bytes = av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
  return bytes == nullptr ? Bytes() : Bytes(bytes, bytes + size);
}

std::optional<VideoFormat> Demuxer::videoFormat() const {
  if (!video_) return std::nullopt;
  const AVStream& stream = *format_->streams[video_->stream];
  const AVCodecParameters& parameters = *stream.codecpar;
  VideoFormat format;
  format.codec = video_->codec;
  format.configuration = video_->configuration;
  format.width = parameters.width;
  format.height = parameters.height;
  if (stream.avg_frame_rate.num > 0 && stream.avg_frame_rate.den > 0) {
    format.frameRate = av_q2d(stream.avg_frame_rate);
  }
  format.bitrateBps = static_cast<int>(std::clamp<std::int64_t>(parameters.bit_rate, 0, INT32_MAX));
  return format;
}

std::optional<AudioFormat> Demuxer::audioFormat() const {
  if (!audio_) return std::nullopt;
  const AVCodecParameters& parameters = *format_->streams[audio_->stream]->codecpar;
  AudioFormat format;
  format.codec = audio_->codec;
  format.configuration = audio_->configuration;
  format.sampleRate = parameters.sample_rate;
  format.channels = parameters.ch_layout.nb_channels;
  format.bitrateBps = static_cast<int>(std::clamp<std::int64_t>(parameters.bit_rate, 0, INT32_MAX));
  return format;
}

EncodedPacket Demuxer::encodedOf(const TrackPacket& entry) const {
  const Track& track = entry.video ? *video_ : *audio_;
  const AVPacket& packet = *entry.packet;
  EncodedPacket encoded;
  encoded.codec = track.codec;
  // A track that starts later than was read ahead may reach back before the start.
  encoded.decodeTime =
      std::max(track.clock.since(origin_, packet.dts) - first_, std::chrono::milliseconds(0));
  encoded.presentationTime = track.clock.since(origin_, packet.pts) - first_;
  if (hasOneTime(track.codec)) {
    encoded.presentationTime = std::max(encoded.presentationTime, std::chrono::milliseconds(0));
    encoded.decodeTime = encoded.presentationTime;
  }
  encoded.keyFrame = (packet.flags & AV_PKT_FLAG_KEY) != 0;
  encoded.data.assign(packet.data, packet.data + packet.size);
  return encoded;
}

}  // namespace multiconnection::ffmpeg
