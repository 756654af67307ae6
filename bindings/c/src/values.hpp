#pragma once

#include <cstddef>
#include <multiconnection/amf_value.hpp>
#include <vector>

#include "multiconnection_c/value.h"

/// A handle mc_value* is the address of an AmfValue, and nothing else.
namespace multiconnection::c {

inline AmfValue* valueOf(mc_value* handle) noexcept { return reinterpret_cast<AmfValue*>(handle); }
inline const AmfValue* valueOf(const mc_value* handle) noexcept {
  return reinterpret_cast<const AmfValue*>(handle);
}
inline mc_value* handleOf(AmfValue* value) noexcept { return reinterpret_cast<mc_value*>(value); }
inline const mc_value* handleOf(const AmfValue* value) noexcept {
  return reinterpret_cast<const mc_value*>(value);
}

/// As handles, as long as the values stay where they are.
std::vector<const mc_value*> viewOf(const std::vector<AmfValue>& values);

/// Values that a function takes over: freed at its end, whatever happens.
class TakenValues {
 public:
  TakenValues(mc_value* const* handles, std::size_t count) noexcept
      : handles_(handles), count_(handles == nullptr ? 0 : count), given_(count) {}
  TakenValues(const TakenValues&) = delete;
  TakenValues& operator=(const TakenValues&) = delete;
  ~TakenValues() {
    for (std::size_t i = 0; i < count_; ++i) mc_value_free(handles_[i]);
  }
  /// Whether none of them is NULL.
  bool complete() const noexcept;
  /// Their contents, moved out. Only when complete.
  AmfArray contents();

 private:
  mc_value* const* handles_;
  std::size_t count_;
  std::size_t given_;
};

}  // namespace multiconnection::c
