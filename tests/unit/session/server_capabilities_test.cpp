#include <gtest/gtest.h>

#include "unit/session/session_support.hpp"

namespace multiconnection::session {
namespace {

using namespace test;
using Support = ServerCapabilities::Support;

const AmfObject kSuccess{{"level", "status"}, {"code", "NetConnection.Connect.Success"}};

ServerCapabilities answered(AmfValue properties, AmfObject info) {
  Peer peer;
  peer.opens();
  for (const auto& [name, value] : kSuccess) info.set(name, value);
  peer.says({"_result", 1, std::move(properties), {std::move(info)}});
  EXPECT_EQ(peer.session.connection().state(), NetConnection::State::Connected);
  return peer.session.connection().capabilities();
}

TEST(ServerCapabilities, KnowNothingOfAServerThatSaysNothing) {
  const auto capabilities = answered(AmfObject{{"capabilities", 31}}, {});
  EXPECT_FALSE(capabilities.enhanced);
  EXPECT_EQ(capabilities.capsEx, 0u);
  for (const Codec codec : {Codec::Hevc, Codec::Av1, Codec::Vp8, Codec::Vp9, Codec::Opus,
                            Codec::Flac, Codec::Ac3, Codec::Eac3}) {
    EXPECT_EQ(capabilities.supports(codec), Support::Unknown) << codecName(codec);
  }
}

TEST(ServerCapabilities, TakeTheOldCodecsForGrantedEverywhere) {
  for (const auto& info : {AmfObject{}, AmfObject{{"fourCcList", AmfArray{"av01"}}}}) {
    const auto capabilities = answered(nullptr, info);
    for (const Codec codec : {Codec::H264, Codec::Aac, Codec::Mp3}) {
      EXPECT_EQ(capabilities.supports(codec), Support::Yes);
    }
  }
}

TEST(ServerCapabilities, ReadTheInfoObjectAsRed5FillsIt) {
  const auto capabilities =
      answered(AmfObject{{"fmsVer", "RED5/2,0,20,0"}},
               {{"fourCcList", AmfArray{"hvc1", "av01", "Opus"}},
                {"videoFourCcInfoMap", AmfObject{{"hvc1", 4}, {"av01", 1}, {"vp09", 2}}},
                {"audioFourCcInfoMap", AmfObject{{"Opus", 4}}},
                {"CapsEx", 7}});
  EXPECT_EQ(capabilities.version, "RED5/2,0,20,0");
  EXPECT_TRUE(capabilities.enhanced);
  EXPECT_EQ(capabilities.capsEx, 7u);
  EXPECT_EQ(capabilities.supports(Codec::Hevc), Support::Yes);
  EXPECT_EQ(capabilities.supports(Codec::Av1), Support::Yes);
  EXPECT_EQ(capabilities.supports(Codec::Vp9), Support::No) << "it can only encode that";
  EXPECT_EQ(capabilities.supports(Codec::Opus), Support::Yes);
  EXPECT_EQ(capabilities.supports(Codec::Flac), Support::No);
}

TEST(ServerCapabilities, ReadCapsExAloneAsIreaderSendsIt) {
  const auto capabilities = answered(AmfObject{{"fmsVer", "FMS/3,0,1,123"}}, {{"capsEx", 2}});
  EXPECT_TRUE(capabilities.enhanced);
  EXPECT_EQ(capabilities.capsEx, 2u);
  EXPECT_EQ(capabilities.supports(Codec::Hevc), Support::Unknown);
}

TEST(ServerCapabilities, ReadThePropertiesToo) {
  const auto capabilities =
      answered(AmfValue::ecmaArray({{"FOURCCLIST", AmfArray{"hvc1", "Opus"}}}), {});
  EXPECT_EQ(capabilities.supports(Codec::Hevc), Support::Yes);
  EXPECT_EQ(capabilities.supports(Codec::Opus), Support::Yes);
  EXPECT_EQ(capabilities.supports(Codec::Av1), Support::No);
}

TEST(ServerCapabilities, TakeAStarForEveryCodecOfItsKind) {
  const auto list = answered(nullptr, {{"fourCcList", AmfArray{"*"}}});
  EXPECT_EQ(list.supports(Codec::Av1), Support::Yes);
  EXPECT_EQ(list.supports(Codec::Flac), Support::Yes);
  const auto map = answered(nullptr, {{"videoFourCcInfoMap", AmfObject{{"*", 4}}}});
  EXPECT_EQ(map.supports(Codec::Av1), Support::Yes);
  EXPECT_EQ(map.supports(Codec::Flac), Support::Unknown) << "nothing was said of audio";
}

TEST(ServerCapabilities, HearNothingAboutAudioInAListOfVersionOne) {
  const auto capabilities = answered(nullptr, {{"fourCcList", AmfArray{"av01", "vp09", "hvc1"}}});
  EXPECT_EQ(capabilities.supports(Codec::Opus), Support::Unknown);
  EXPECT_EQ(capabilities.supports(Codec::Vp8), Support::No);
  EXPECT_EQ(capabilities.codecs(Support::Yes),
            (std::vector<Codec>{Codec::Hevc, Codec::Av1, Codec::Vp9}));
  EXPECT_EQ(capabilities.codecs(Support::No), std::vector<Codec>{Codec::Vp8});
  EXPECT_EQ(capabilities.codecs(Support::Unknown),
            (std::vector<Codec>{Codec::Opus, Codec::Flac, Codec::Ac3, Codec::Eac3}));
}

TEST(ServerCapabilities, SurviveNonsense) {
  AmfObject map;
  for (int i = 1000; i < 3000; ++i) map.set(std::to_string(i), 4);
  const auto capabilities = answered(
      AmfObject{{"fourCcList", "hvc1"}, {"capsEx", "7"}, {"videoFourCcInfoMap", AmfArray{1}}},
      {{"videoFourCcInfoMap", map},
       {"audioFourCcInfoMap", AmfObject{{"Opus", "yes"}, {"fLaC", -1}, {"a name", 4}}},
       {"capsEx", -5}});
  EXPECT_LE(capabilities.video->size(), 64u);
  EXPECT_EQ(capabilities.capsEx, 0u);
  EXPECT_EQ(capabilities.supports(Codec::Opus), Support::No);
  EXPECT_EQ(capabilities.supports(Codec::Flac), Support::No);
}

}  // namespace
}  // namespace multiconnection::session
