#include "ffmpeg/test_picture.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace multiconnection::ffmpeg {
namespace {

constexpr int kBars = 8;
constexpr int kGlyphWidth = 3;
constexpr int kGlyphHeight = 5;
constexpr int kCounterBits = 32;

/// Rows of 3 pixels from top to bottom, the left one in the highest of 15 bits: 0 to 9, then ':'.
constexpr std::array<std::uint16_t, 11> kGlyphs{
    0b111'101'101'101'111, 0b010'110'010'010'111, 0b111'001'111'100'111, 0b111'001'111'001'111,
    0b101'101'111'001'001, 0b111'100'111'001'111, 0b111'100'111'101'111, 0b111'001'010'010'010,
    0b111'101'111'101'111, 0b111'101'111'001'111, 0b000'010'000'010'000};

}  // namespace

TestPicture::TestPicture(int width, int height, int frameRate)
    : width_(width), height_(height), frameRate_(frameRate) {}

TestPicture::Colour TestPicture::barColour(int bar) {
  // 75 % bars in BT.601, studio range.
  static constexpr std::array<Colour, kBars> kColours{{{180, 128, 128},
                                                       {162, 44, 142},
                                                       {131, 156, 44},
                                                       {112, 72, 58},
                                                       {84, 184, 198},
                                                       {65, 100, 212},
                                                       {35, 212, 114},
                                                       {16, 128, 128}}};
  return kColours[static_cast<std::size_t>(bar)];
}

void TestPicture::fill(const std::array<Plane, 3>& planes, Box box, Colour colour) const {
  // Even edges, so that luma and chroma cover the same pixels.
  const int left = std::clamp(box.left, 0, width_) & ~1;
  const int top = std::clamp(box.top, 0, height_) & ~1;
  const int right = std::clamp(box.left + box.width, 0, width_) & ~1;
  const int bottom = std::clamp(box.top + box.height, 0, height_) & ~1;
  if (left >= right) return;
  const std::array<std::uint8_t, 3> values{colour.y, colour.u, colour.v};
  for (std::size_t i = 0; i < planes.size(); ++i) {
    const int half = i == 0 ? 1 : 2;
    for (int row = top / half; row < bottom / half; ++row) {
      std::memset(planes[i].data + row * planes[i].stride + left / half, values[i],
                  static_cast<std::size_t>((right - left) / half));
    }
  }
}

void TestPicture::draw(std::uint64_t frame, const std::array<Plane, 3>& planes) const {
  for (int bar = 0; bar < kBars; ++bar) {
    const int left = width_ * bar / kBars;
    fill(planes, {left, 0, width_ * (bar + 1) / kBars - left + 1, height_}, barColour(bar));
  }
  const auto rate = static_cast<std::uint64_t>(frameRate_);
  const int sweep = static_cast<int>(frame % rate) * width_ / frameRate_;
  fill(planes, {sweep, 0, std::max(width_ / 32, 2), height_}, {235, 128, 128});
  drawClock(frame, planes);
  drawCounter(frame, planes);
}

void TestPicture::drawClock(std::uint64_t frame, const std::array<Plane, 3>& planes) const {
  const auto rate = static_cast<std::uint64_t>(frameRate_);
  const std::uint64_t seconds = frame / rate;
  std::array<char, 32> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%02u:%02u:%02u:%02u", static_cast<unsigned>(seconds / 3600 % 100),
      static_cast<unsigned>(seconds / 60 % 60), static_cast<unsigned>(seconds % 60),
      static_cast<unsigned>(frame % rate));
  const int columns = length * (kGlyphWidth + 1) + 1;
  const int scale = width_ * 3 / 4 / columns & ~1;
  if (scale < 2) return;  // Too small to be read.
  int left = (width_ - columns * scale) / 2;
  const int top = height_ / 3;
  fill(planes, {left, top - scale, columns * scale, (kGlyphHeight + 2) * scale}, {16, 128, 128});
  for (int i = 0; i < length; ++i) {
    drawGlyph(text[static_cast<std::size_t>(i)], left + scale, top, scale, planes);
    left += (kGlyphWidth + 1) * scale;
  }
}

void TestPicture::drawGlyph(char glyph, int left, int top, int scale,
                            const std::array<Plane, 3>& planes) const {
  const unsigned rows = kGlyphs[glyph == ':' ? 10 : static_cast<std::size_t>(glyph - '0')];
  for (int place = 0; place < kGlyphWidth * kGlyphHeight; ++place) {
    if ((rows >> (kGlyphWidth * kGlyphHeight - 1 - place) & 1U) == 0) continue;
    fill(planes,
         {left + place % kGlyphWidth * scale, top + place / kGlyphWidth * scale, scale, scale},
         {235, 128, 128});
  }
}

void TestPicture::drawCounter(std::uint64_t frame, const std::array<Plane, 3>& planes) const {
  const int height = std::max(height_ / 16, 2);
  for (int bit = 0; bit < kCounterBits; ++bit) {
    const bool one = (frame >> (kCounterBits - 1 - bit) & 1U) != 0;
    const int left = width_ * bit / kCounterBits;
    const int right = width_ * (bit + 1) / kCounterBits;
    fill(planes, {left, height_ - height, right - left, height},
         {static_cast<std::uint8_t>(one ? 235 : 16), 128, 128});
  }
}

}  // namespace multiconnection::ffmpeg
