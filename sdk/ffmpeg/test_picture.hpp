#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace multiconnection::ffmpeg {

/// One plane of a picture that another owner holds.
struct Plane {
  std::uint8_t* data = nullptr;
  int stride = 0;  ///< Bytes from one row to the next.
};

/// Draws the test picture: colour bars, a bar that sweeps over them once a second, a running clock
/// (hours:minutes:seconds:frame), and along the lower edge the frame number in binary, 32 fields,
/// highest bit first, white for 1, for programs that check what they received.
class TestPicture {
 public:
  /// @param width, height  even, 16 or more.
  TestPicture(int width, int height, int frameRate);

  /// Draws one frame into the planes Y, U and V of a 4:2:0 picture.
  void draw(std::uint64_t frame, const std::array<Plane, 3>& planes) const;

 private:
  struct Colour {
    std::uint8_t y, u, v;
  };
  struct Box {
    int left, top, width, height;
  };

  static Colour barColour(int bar);
  void fill(const std::array<Plane, 3>& planes, Box box, Colour colour) const;
  void drawClock(std::uint64_t frame, const std::array<Plane, 3>& planes) const;
  void drawGlyph(char glyph, int left, int top, int scale,
                 const std::array<Plane, 3>& planes) const;
  void drawCounter(std::uint64_t frame, const std::array<Plane, 3>& planes) const;

  int width_;
  int height_;
  int frameRate_;
};

}  // namespace multiconnection::ffmpeg
