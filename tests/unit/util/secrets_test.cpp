#include "util/secrets.hpp"

#include <gtest/gtest.h>

namespace multiconnection::util {
namespace {

TEST(Secrets, AStreamNameIsHiddenWhereverItStands) {
  Secrets secrets;
  secrets.addStreamName("key-1");
  EXPECT_EQ(secrets.hiddenIn("key-1 is taken: rtmp://a/live/key-1, (key-1)"),
            "*** is taken: rtmp://a/live/***, (***)");
}

TEST(Secrets, TheValuesOfQueriesAreHiddenAndTheirNamesAreNot) {
  Secrets secrets;
  secrets.addQueryOf("live?user=somebody&token=s3cret&bare-value");
  secrets.addStreamName("camera?sign=abcdef");
  EXPECT_EQ(secrets.hiddenIn("live: user=somebody token s3cret, bare-value; camera?sign=abcdef"),
            "live: user=*** token ***, ***; ***?sign=***");
}

TEST(Secrets, TheTextsOfAValueAreThoseOfAllInsideIt) {
  Secrets secrets;
  secrets.addTextsOf("user-name");
  secrets.addTextsOf(AmfObject{{"plain", 1234}, {"deep", AmfArray{AmfObject{{"word", "pass"}}}}});
  EXPECT_EQ(secrets.hiddenIn("plain 1234 deep word: user-name, pass"),
            "plain 1234 deep word: ***, ***");
}

TEST(Secrets, OneThatIsPartOfAnotherLeavesNoRestOfIt) {
  Secrets secrets;
  secrets.addStreamName("name");
  secrets.addStreamName("name-and-more");
  EXPECT_EQ(secrets.hiddenIn("name-and-more, name"), "***, ***");
}

TEST(Secrets, VeryShortNamesAreNotTakenOutOfOrdinaryWords) {
  Secrets secrets;
  secrets.addStreamName("is");
  secrets.addStreamName("");
  secrets.addQueryOf("live?a=");
  secrets.addQueryOf("live?");
  EXPECT_EQ(secrets.hiddenIn("this is published"), "this is published");
}

TEST(Secrets, WithoutAnyTheTextStays) { EXPECT_EQ(Secrets().hiddenIn("live?a=b"), "live?a=b"); }

}  // namespace
}  // namespace multiconnection::util
