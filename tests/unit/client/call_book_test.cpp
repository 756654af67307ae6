#include "client/call_book.hpp"

#include <gtest/gtest.h>

namespace multiconnection::client {
namespace {

using namespace std::chrono_literals;

constexpr CallBook::Clock::time_point kStart{1h};

CallBook::Call until(std::chrono::milliseconds deadline) {
  return {nullptr, kStart, kStart + deadline};
}

std::vector<double> transactions(const std::vector<CallBook::Due>& due) {
  std::vector<double> all;
  for (const auto& call : due) all.push_back(call.transaction);
  return all;
}

TEST(CallBook, GivesACallOutOnce) {
  CallBook book;
  book.add(1, 7, until(10s));
  EXPECT_FALSE(book.take(2, 7)) << "of another server";
  EXPECT_FALSE(book.take(1, 8));
  EXPECT_TRUE(book.take(1, 7));
  EXPECT_FALSE(book.take(1, 7));
  EXPECT_EQ(book.nextDeadline(), std::nullopt) << "its deadline went with it";
}

TEST(CallBook, TakesWhatIsDueInOrderOfTheDeadlines) {
  CallBook book;
  book.add(1, 1, until(30ms));
  book.add(2, 1, until(20ms));
  book.add(1, 2, until(10ms));
  EXPECT_EQ(book.nextDeadline(), kStart + 10ms);
  EXPECT_TRUE(book.takeDue(kStart + 10ms - 1ns).empty());
  EXPECT_EQ(transactions(book.takeDue(kStart + 20ms)), (std::vector<double>{2, 1}));
  EXPECT_EQ(book.nextDeadline(), kStart + 30ms);
  EXPECT_FALSE(book.take(1, 2));
}

TEST(CallBook, TakesAllOfOneServer) {
  CallBook book;
  for (const double transaction : {3.0, 1.0, 2.0}) book.add(1, transaction, until(1s));
  book.add(2, 1, until(2s));
  EXPECT_EQ(book.takeAll(1).size(), 3U);
  EXPECT_TRUE(book.takeAll(1).empty());
  EXPECT_EQ(book.nextDeadline(), kStart + 2s);
  EXPECT_TRUE(book.take(2, 1));
}

}  // namespace
}  // namespace multiconnection::client
