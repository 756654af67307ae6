#include "node/call_book.hpp"

#include <gmock/gmock.h>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace multiconnection::node {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// A book on a loop of its own, and what its calls came to.
class CallBookTest : public testing::Test {
 protected:
  void SetUp() override {
    loop_.run([this] {
      book_.emplace(loop_, [this](double transaction) {
        heard_.push_back(std::to_string(static_cast<int>(transaction)) + " expires");
      });
    });
  }
  void TearDown() override {
    loop_.run([this] { book_.reset(); });
  }
  CallBook::ReplyHandler note(const std::string& name) {
    return [this, name](const Result<AmfValue>& answer) {
      heard_.push_back(name + (answer ? " gets " + answer->as<std::string>()
                                      : " fails: " + answer.error().message));
    };
  }

  reactor::Loop loop_;
  std::optional<CallBook> book_;
  std::vector<std::string> heard_;
};

TEST_F(CallBookTest, EachCallIsAnsweredOnceByItsTransaction) {
  loop_.run([this] {
    book_->add(1, 10s, note("one"));
    book_->add(2, 10s, note("two"));
    book_->answer(2, AmfValue("b"));
    book_->answer(2, AmfValue("again"));
    book_->answer(7, AmfValue("of nobody"));
    book_->answer(1, Error{Errc::Refused, "no"});
    book_->close({Errc::Closed, "gone"});
  });
  EXPECT_THAT(heard_, ElementsAre("two gets b", "one fails: no"));
}

TEST_F(CallBookTest, CallsExpireInTheOrderOfTheirDeadlines) {
  std::promise<void> done;
  loop_.run([&] {
    // The later deadline is added first: the timer must be armed anew for the earlier one.
    book_->add(1, 40ms, [&, last = note("one")](const Result<AmfValue>& answer) {
      EXPECT_EQ(answer.error().code, Errc::TimedOut);
      last(answer);
      done.set_value();
    });
    book_->add(2, 5ms, note("two"));
    book_->add(3, 5ms, note("three"));
    book_->answer(3, AmfValue("c"));
  });
  ASSERT_EQ(done.get_future().wait_for(20s), std::future_status::ready);
  loop_.run([this] {
    const std::string late = " fails: the client did not answer in time";
    EXPECT_THAT(heard_,
                ElementsAre("three gets c", "2 expires", "two" + late, "1 expires", "one" + late));
    book_->answer(1, AmfValue("too late"));
    EXPECT_EQ(heard_.size(), 5U);
  });
}

TEST_F(CallBookTest, TheEndIsToldToEveryCallAndOnlyOnce) {
  loop_.run([this] {
    book_->add(1, 10s, [this](const Result<AmfValue>&) {
      heard_.push_back("one");
      book_->answer(2, AmfValue("from inside"));
    });
    book_->add(2, 10s, note("two"));
    book_->close({Errc::Closed, "gone"});
    EXPECT_THAT(heard_, ElementsAre("one", "two fails: gone"));
    book_->close({Errc::Closed, "again"});
    EXPECT_EQ(heard_.size(), 2U);
  });
}

TEST_F(CallBookTest, AnAnswerMayLeadToTheNextCall) {
  loop_.run([this] {
    book_->add(1, 10s, [this](const Result<AmfValue>&) { book_->add(2, 10s, note("two")); });
    book_->answer(1, AmfValue());
    book_->answer(2, AmfValue("b"));
  });
  EXPECT_THAT(heard_, ElementsAre("two gets b"));
}

TEST_F(CallBookTest, IsFullAtItsLimitAndHasRoomAgainAfterAnAnswer) {
  loop_.run([this] {
    for (std::size_t i = 1; i <= CallBook::kMaxCalls; ++i) {
      ASSERT_FALSE(book_->full()) << i;
      book_->add(static_cast<double>(i), 10s, [](const Result<AmfValue>&) {});
    }
    EXPECT_TRUE(book_->full());
    book_->answer(5, AmfValue());
    EXPECT_FALSE(book_->full());
  });
  EXPECT_THAT(heard_, IsEmpty());
}

}  // namespace
}  // namespace multiconnection::node
