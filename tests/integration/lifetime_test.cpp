#include <gtest/gtest.h>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

TEST(Lifetime, LeavesNoThreadBehind) {
  const RunningNode node;
  const std::size_t before = threads();
  {
    MultiConnection array;
    Listener listener(array);
    ASSERT_TRUE(connectAll(array, listener, {node.url()}));
    EXPECT_EQ(threadsOnceThereAre(before + 2), before + 2) << "the reactor and the event thread";
  }
  EXPECT_EQ(threadsOnceThereAre(before), before);
}

}  // namespace
}  // namespace multiconnection::test
