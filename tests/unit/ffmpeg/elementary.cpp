#include "unit/ffmpeg/elementary.hpp"

#include <fstream>
#include <stdexcept>
#include <string_view>

namespace multiconnection::test {
namespace {

void append(Bytes& out, const Bytes& part) { out.insert(out.end(), part.begin(), part.end()); }
void append(Bytes& out, std::string_view text) { out.insert(out.end(), text.begin(), text.end()); }

void littleEndian(Bytes& out, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::size_t bigEndian(const Bytes& bytes, std::size_t place, std::size_t width) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value = value << 8 | bytes.at(place + i);
  return value;
}

void unit(Bytes& out, const Bytes& bytes, std::size_t place, std::size_t size) {
  append(out, std::string_view("\0\0\0\1", 4));
  for (std::size_t i = 0; i < size; ++i) out.push_back(bytes.at(place + i));
}

/// The arrays of an HEVC record, then the frames, with start codes.
Bytes annexB(const Received& received) {
  Bytes out;
  const Bytes& record = received.videoFormats.at(0).configuration;
  std::size_t place = 23;
  for (int array = 0; array < record.at(22); ++array) {
    const std::size_t count = bigEndian(record, place + 1, 2);
    place += 3;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t size = bigEndian(record, place, 2);
      unit(out, record, place + 2, size);
      place += 2 + size;
    }
  }
  for (const EncodedPacket& packet : received.video) {
    for (std::size_t at = 0; at < packet.data.size();) {
      const std::size_t size = bigEndian(packet.data, at, 4);
      unit(out, packet.data, at + 4, size);
      at += 4 + size;
    }
  }
  return out;
}

Bytes ivf(const Received& received) {
  const Codec codec = received.videoFormats.at(0).codec;
  Bytes out;
  append(out, std::string_view("DKIF\0\0\x20\0", 8));
  append(out, codec == Codec::Av1 ? "AV01" : codec == Codec::Vp9 ? "VP90" : "VP80");
  littleEndian(out, 0, 4);     // size in the frames
  littleEndian(out, 1000, 4);  // ticks per second
  littleEndian(out, 1, 4);
  littleEndian(out, received.video.size(), 8);
  for (const EncodedPacket& packet : received.video) {
    // Files of this kind begin each frame with a temporal delimiter.
    const Bytes delimiter = codec == Codec::Av1 ? Bytes{0x12, 0} : Bytes();
    littleEndian(out, delimiter.size() + packet.data.size(), 4);
    littleEndian(out, static_cast<std::uint64_t>(packet.presentationTime.count()), 8);
    append(out, delimiter);
    append(out, packet.data);
  }
  return out;
}

std::uint32_t oggChecksum(const Bytes& page) {
  std::uint32_t sum = 0;
  for (const std::uint8_t byte : page) {
    sum ^= static_cast<std::uint32_t>(byte) << 24;
    for (int bit = 0; bit < 8; ++bit) sum = sum << 1 ^ ((sum >> 31) != 0 ? 0x04C11DB7U : 0U);
  }
  return sum;
}

/// One packet of less than 64 KiB on a page of its own.
void oggPage(Bytes& out, const Bytes& packet, std::uint32_t number, std::uint64_t samples) {
  constexpr std::size_t kChecksumPlace = 22;
  Bytes page;
  append(page, "OggS");
  page.push_back(0);
  page.push_back(number == 0 ? 2 : 0);
  littleEndian(page, samples, 8);
  littleEndian(page, 1, 4);
  littleEndian(page, number, 4);
  littleEndian(page, 0, 4);
  page.push_back(static_cast<std::uint8_t>(packet.size() / 255 + 1));
  page.insert(page.end(), packet.size() / 255, 255);
  page.push_back(static_cast<std::uint8_t>(packet.size() % 255));
  append(page, packet);
  const std::uint32_t sum = oggChecksum(page);
  for (std::size_t i = 0; i < 4; ++i) {
    page[kChecksumPlace + i] = static_cast<std::uint8_t>(sum >> (8 * i));
  }
  append(out, page);
}

Bytes ogg(const Received& received) {
  constexpr std::uint64_t kSamplesPerPacket = 960;  // 20 ms, libopus's default
  Bytes out;
  std::uint32_t number = 0;
  oggPage(out, received.audioFormats.at(0).configuration, number++, 0);
  Bytes tags;
  append(tags, std::string_view("OpusTags\0\0\0\0\0\0\0\0", 16));
  oggPage(out, tags, number++, 0);
  std::uint64_t samples = 0;
  for (const EncodedPacket& packet : received.audio) {
    oggPage(out, packet.data, number++, samples += kSamplesPerPacket);
  }
  return out;
}

std::string save(const Bytes& bytes, const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
  return path;
}

}  // namespace

Received receive(PullSource& source) {
  Received received;
  PacketReader reader;
  while (true) {
    auto next = source.read();
    if (!next) throw std::runtime_error(next.error().message);
    if (!*next) return received;
    auto items = reader.read(**next);
    if (!items) throw std::runtime_error(items.error().message);
    for (PacketReader::Item& item : *items) {
      const bool frame = item.type == PacketReader::Item::Type::Packet;
      if (item.video) received.videoFormats.push_back(*item.video);
      if (item.audio) received.audioFormats.push_back(*item.audio);
      if (frame && item.kind == MediaKind::Video) received.video.push_back(std::move(item.packet));
      if (frame && item.kind == MediaKind::Audio) received.audio.push_back(std::move(item.packet));
    }
  }
}

std::string writeVideo(const Received& received, const std::string& path) {
  const bool hevc = received.videoFormats.at(0).codec == Codec::Hevc;
  return save(hevc ? annexB(received) : ivf(received), path);
}

std::string writeAudio(const Received& received, const std::string& path) {
  const AudioFormat& format = received.audioFormats.at(0);
  if (format.codec == Codec::Opus) return save(ogg(received), path);
  Bytes out = format.codec == Codec::Flac ? format.configuration : Bytes();
  for (const EncodedPacket& packet : received.audio) append(out, packet.data);
  return save(out, path);
}

}  // namespace multiconnection::test
