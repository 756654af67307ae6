#include <gtest/gtest.h>
#include <sys/resource.h>

#include <system_error>

#include "reactor/loop.hpp"

namespace multiconnection::reactor {
namespace {

TEST(Loop, SaysThatTheProcessHasNoFilesLeft) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 3;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto created = Loop::create();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, std::errc::too_many_files_open) << created.error();
}

}  // namespace
}  // namespace multiconnection::reactor
