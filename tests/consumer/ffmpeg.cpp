// A source of the optional FFmpeg library, installed. Compiled as C++17.
#include <iostream>
#include <multiconnection/ffmpeg.hpp>

int main() {
  auto source = multiconnection::ffmpeg::openTestSource();
  if (!source) {
    std::cerr << source.error() << '\n';
    return 1;
  }
  auto first = (*source)->read();
  return first && first->has_value() ? 0 : 1;
}
