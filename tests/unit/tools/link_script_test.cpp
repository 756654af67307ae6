#include "tools/link_script.hpp"

#include <gmock/gmock.h>

#include "tools/options.hpp"

namespace multiconnection::tools {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

template <class Value>
std::string problem(const Result<Value>& result) {
  return result ? "none" : result.error().message;
}

TEST(LinkConditionsText, ChangesWhatItNames) {
  LinkConditions base;
  base.delay = 7ms;
  const auto read = withChanges(base, "rate=2.5M,jitter=30,buffer=16k,corruption=0.001");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->bitsPerSecond, 2'500'000U);
  EXPECT_EQ(read->delay, 7ms);
  EXPECT_EQ(read->jitter, 30ms);
  EXPECT_EQ(read->bufferBytes, 16'000U);
  EXPECT_EQ(read->corruption, 0.001);
  EXPECT_FALSE(read->stalled);
  EXPECT_EQ(withChanges(*read, "rate=0")->bitsPerSecond, 0U);
}

TEST(LinkConditionsText, NamesThePartThatIsWrong) {
  EXPECT_EQ(problem(withChanges({}, "delay=5,rate=2X")),
            "\"rate=2X\": it is bits per second, e.g. 500k or 2M; 0: no limit");
  EXPECT_EQ(problem(withChanges({}, "delay=-1")),
            "\"delay=-1\": it is milliseconds, at most 3600000");
  EXPECT_EQ(problem(withChanges({}, "buffer=0")),
            "\"buffer=0\": it is bytes, e.g. 65536 or 2M, at most 1073741824");
  EXPECT_EQ(problem(withChanges({}, "corruption=nan")),
            "\"corruption=nan\": it is the share of bytes that are changed, 0 to 1");
  EXPECT_EQ(problem(withChanges({}, "loss=1")),
            "\"loss=1\": it is rate, delay, jitter, buffer or corruption, with =VALUE");
  EXPECT_NE(problem(withChanges({}, "rate=1,")), "none");
}

TEST(LinkScript, ReadsLinesOfEitherKind) {
  const auto steps = parseLinkScript(
      "# a bad evening\n"
      "\n"
      "at 5s up rate=500k,delay=20\r\n"
      "  every 1.5s  reset \n"
      "at 200ms both buffer=100");
  ASSERT_TRUE(steps) << steps.error().message;
  ASSERT_EQ(steps->size(), 3U);
  EXPECT_EQ((*steps)[0].at, 5s);
  EXPECT_EQ((*steps)[0].every, 0s);
  EXPECT_EQ((*steps)[0].action, LinkStep::Action::Up);
  EXPECT_EQ((*steps)[0].changes, "rate=500k,delay=20");
  EXPECT_EQ((*steps)[0].text, "up rate=500k,delay=20");
  EXPECT_EQ((*steps)[0].line, 3U);
  EXPECT_EQ((*steps)[1].every, 1500ms);
  EXPECT_EQ((*steps)[1].at, 1500ms);
  EXPECT_EQ((*steps)[1].text, "reset");
  EXPECT_EQ((*steps)[2].at, 200ms);
}

TEST(LinkScript, NamesTheLineAndWhatIsWrongInIt) {
  EXPECT_EQ(problem(parseLinkScript("at 1s stall\nin 5s stall")),
            "line 2 \"in 5s stall\": it begins with at or every");
  EXPECT_EQ(problem(parseLinkScript("at 5 stall")),
            "line 1 \"at 5 stall\": \"5\": it is a time, e.g. 5s, 1.5s or 200ms");
  EXPECT_EQ(problem(parseLinkScript("every 0s reset")),
            "line 1 \"every 0s reset\": \"0s\": it must be more than 0");
  EXPECT_EQ(problem(parseLinkScript("at 5s explode")),
            "line 1 \"at 5s explode\": \"explode\": it is up, down, both, stall, resume, reset, "
            "vanish, refuse or listen");
  EXPECT_EQ(problem(parseLinkScript("at 5s reset now")),
            "line 1 \"at 5s reset now\": \"now\" is too much");
  EXPECT_NE(problem(parseLinkScript("at 5s up")), "none");
  EXPECT_NE(problem(parseLinkScript("at")), "none");
}

std::vector<std::string> textsOf(const std::vector<LinkStep>& steps) {
  std::vector<std::string> texts;
  for (const LinkStep& step : steps) texts.push_back(step.text);
  return texts;
}

TEST(LinkSchedule, GivesEachStepAtItsTimeAndThenNoMore) {
  LinkSchedule schedule(
      parseLinkScript("at 3s resume\nat 1s stall\nevery 2s reset\nat 1s up rate=1").value());
  EXPECT_EQ(schedule.next(), 1s);
  EXPECT_THAT(schedule.take(999ms), IsEmpty());
  EXPECT_THAT(textsOf(schedule.take(1s)), ElementsAre("stall", "up rate=1"));
  EXPECT_EQ(schedule.next(), 2s);
  EXPECT_THAT(textsOf(schedule.take(4s)), ElementsAre("reset", "resume", "reset"));
  EXPECT_EQ(schedule.next(), 6s);
  LinkSchedule empty({});
  EXPECT_EQ(empty.next(), LinkSchedule::Time::max());
  EXPECT_THAT(empty.take(1h), IsEmpty());
}

TEST(LinkOptions, AreReadFromTheCommandLine) {
  const auto command = parseCommandLine({"link", "--listen", "127.0.0.1:1936", "--to", "[::1]:1935",
                                         "--up", "rate=2M,delay=100", "--script", "-", "--duration",
                                         "2.5", "--json", "--seed", "18446744073709551615"});
  ASSERT_TRUE(command) << command.error().message;
  const auto& settings = std::get<LinkSettings>(*command);
  EXPECT_EQ(settings.listen.port, 1936);
  EXPECT_EQ(settings.target.address, "::1");
  EXPECT_EQ(settings.target.port, 1935);
  EXPECT_EQ(settings.up.bitsPerSecond, 2'000'000U);
  EXPECT_EQ(settings.down.bitsPerSecond, 0U);
  EXPECT_EQ(settings.script, "-");
  EXPECT_EQ(settings.duration, 2500ms);
  EXPECT_EQ(settings.seed, 18446744073709551615U);
}

TEST(LinkOptions, NameWhatIsWrong) {
  EXPECT_EQ(problem(parseCommandLine({"link", "--to", "a.example"})),
            "--to \"a.example\": it is HOST:PORT, e.g. a.example:1935");
  EXPECT_EQ(problem(parseCommandLine({"link", "--to", "a:1", "--down", "delay=x"})),
            "--down \"delay=x\": it is milliseconds, at most 3600000");
  for (const std::string seed : {"", "-1", "7x", "18446744073709551616"}) {
    EXPECT_EQ(problem(parseCommandLine({"link", "--to", "a:1", "--seed", seed})),
              "--seed \"" + seed + "\": it is a whole number from 0 to 2^64-1");
  }
}

}  // namespace
}  // namespace multiconnection::tools
