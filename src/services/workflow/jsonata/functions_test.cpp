// The language's functions, by subject.
#include <gtest/gtest.h>

#include "services/workflow/jsonata/jsonata_test_kit.h"

namespace soma::workflow::jsonata {
namespace {

TEST(JsonataStrings, CountCodePoints) {
  EXPECT_EQ(run("$length('a𝒳ü')"), "3");
  EXPECT_EQ(run("$substring('a𝒳üz', 1, 2)"), R"("𝒳ü")");
  EXPECT_EQ(run("$substring('hello', -3, 2)"), R"("ll")");
  EXPECT_EQ(run("$pad('ü', -4, '=-')"), R"("=-=ü")");
}

TEST(JsonataStrings, SplitIntoUtf16AndBack) {
  EXPECT_EQ(run("$join($split('a𝒳', ''))"), R"("a𝒳")");
}

TEST(JsonataStrings, ChangeCase) {
  EXPECT_EQ(run("$uppercase('straße ǆ')"), R"("STRASSE Ǆ")");
  EXPECT_EQ(run("$lowercase('ΟΔΟΣ')"), R"("οδος")");
}

TEST(JsonataStrings, TrimAndCut) {
  EXPECT_EQ(run("$trim('  a \n\t b ')"), R"("a b")");
  EXPECT_EQ(run("$substringBefore('a-b-c', '-') & $substringAfter('a-b-c', '-')"), R"("ab-c")");
}

TEST(JsonataStrings, AreWrittenAsJson) {
  EXPECT_EQ(run(R"($string({"a": [1, "x\ny", null, true, $sum]}))"),
            R"("{\"a\":[1,\"x\\ny\",null,true,\"\"]}")");
  EXPECT_EQ(run("$string([{'a': 1}, []], true)"), R"("[\n  {\n    \"a\": 1\n  },\n  []\n]")");
  EXPECT_EQ(run("$string(1/3)"), R"("0.333333333333333")");
  EXPECT_EQ(run("$string(1e21) & $string(100000000000000000000) & $string(0.0000001)"),
            R"("1e+211000000000000000000001e-7")");
}

TEST(JsonataMatching, WithTextsAndPatterns) {
  EXPECT_EQ(run("$match('ab12cd345', /([a-z]+)(\\d+)/).groups[1]"), R"(["12","345"])");
  EXPECT_EQ(run("$split('a1b22c', /\\d+/)"), R"(["a","b","c"])");
  EXPECT_EQ(run("$split('a,b,c', ',', 2)"), R"(["a","b"])");
  EXPECT_EQ(run("$replace('2026-01-31', /(\\d+)-(\\d+)-(\\d+)/, '$3.$2.$1 $$')"), R"("31.01.2026 $")");
  EXPECT_EQ(run("$replace('abcb', 'b', 'x', 1)"), R"("axcb")");
  EXPECT_EQ(run("$replace('temperature = 68F', /(\\d+)F/, function($m) { $string(($number($m.groups[0]) - "
                "32) * 5/9) & 'C' })"),
            R"("temperature = 20C")");
  EXPECT_EQ(run("$contains('Hello', /HELLO/i)"), "true");
}

// Also behind a limit: the reference looks for the next match before it counts.
TEST(JsonataMatching, EmptyMatchesLeadNowhere) {
  EXPECT_EQ(run("$match('abc', /x*/)"), "error D1004");
  EXPECT_EQ(run("$replace('abc', /x*/, 'y', 1)"), "error D1004");
  EXPECT_EQ(run("$match('abc', /x*/, 0)"), "undefined");
}

TEST(JsonataMatching, OwnMatchersFollowTheProtocol) {
  EXPECT_EQ(run("$split('a--b', function($text) { {'match': '--', 'start': 1, 'end': 3, 'groups': [],"
                " 'next': function() { $nothing }} })"),
            R"(["a","b"])");
  EXPECT_EQ(run("$contains('a', function($text) { {'odd': 1} })"), "error T1010");
}

TEST(JsonataNumbers, Round) {
  EXPECT_EQ(run("[$round(2.5), $round(3.5), $round(-2.5), $round(1.005, 2), $round(12345, -2)]"),
            "[2,4,-2,1,12300]");
}

TEST(JsonataNumbers, AreReadFromTexts) {
  EXPECT_EQ(run("[$number('1e3'), $number('-0.5'), $number('0xFF'), $number(true)]"), "[1000,-0.5,255,1]");
  for (const char* text : {"'1.'", "'.5'", "' 1'", "'1e'", "''", "'0x'", "'Infinity'"}) {
    EXPECT_EQ(run("$number(" + std::string(text) + ")"), "error D3030") << text;
  }
}

TEST(JsonataNumbers, AreFormatted) {
  EXPECT_EQ(run("$formatNumber(12345.6, '#,##0.00')"), R"("12,345.60")");
  EXPECT_EQ(run("$formatNumber(-12.5, '0.0;(0.0)')"), "\"(12.5)\"");
  EXPECT_EQ(run("$formatNumber(0.14, '01%')"), R"("14%")");
  EXPECT_EQ(run("$formatNumber(1234.5678, '00.000e0')"), R"("12.346e2")");
  EXPECT_EQ(run("$formatNumber(1, '0;0;0')"), "error D3080");
  EXPECT_EQ(run("$formatBase(255, 16) & $formatBase(-5, 2)"), R"("ff-101")");
  EXPECT_EQ(run("$formatBase(1e21, 36)"), R"("5v1j4f4ds7c000")");  // beyond what a double can tell
}

TEST(JsonataNumbers, HavePictures) {
  EXPECT_EQ(run("$formatInteger(2789, 'w')"), R"("two thousand, seven hundred and eighty-nine")");
  EXPECT_EQ(run("$formatInteger(21, '0;o') & ' ' & $formatInteger(112, '0;o')"), R"("21st 112th")");
  EXPECT_EQ(run("$formatInteger(1999, 'I') & ' ' & $formatInteger(28, 'a')"), R"("MCMXCIX ab")");
  EXPECT_EQ(run("$formatInteger(1234567, '#,##0')"), R"("1,234,567")");
  EXPECT_EQ(run("$parseInteger('two thousand, seven hundred and eighty-nine', 'w')"), "2789");
  EXPECT_EQ(run("$parseInteger('MCMXCIX', 'I')"), "1999");
}

TEST(JsonataArrays, AppendReverseZip) {
  EXPECT_EQ(run("$append([1], 2)"), "[1,2]");
  EXPECT_EQ(run("$reverse([1..3])"), "[3,2,1]");
  EXPECT_EQ(run("$zip([1, 2, 3], ['a', 'b'])"), R"([[1,"a"],[2,"b"]])");
  EXPECT_EQ(run("$distinct([1, '1', 1, {'a': 1}, {'a': 1}])"), R"([1,"1",{"a":1}])");
}

TEST(JsonataArrays, AppendingLeavesTheFirstAsItWas) {
  EXPECT_EQ(run("($a := [1, 2]; $b := $append($a, 3); $c := $append($a, 4); [$a, $b, $c])"),
            "[1,2,1,2,3,1,2,4]");
  EXPECT_EQ(run("($a := 'x' & 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy';"
                " $b := $a & '1'; $c := $a & '2'; $length($b) = $length($c) and $b != $c)"),
            "true");
}

TEST(JsonataArrays, SortByAnyComparison) {
  EXPECT_EQ(run("$sort(['b', 'a', 'c'])"), R"(["a","b","c"])");
  EXPECT_EQ(run("$sort([3, 1, 2], function($l, $r) { $l < $r })"), "[3,2,1]");
  EXPECT_EQ(run("$count($sort([1..50], function($l, $r) { true }))"), "50");
  EXPECT_EQ(run("$sort([1, 'a'])"), "error D3070");
}

TEST(JsonataHigherOrder, HandOverWhatIsTaken) {
  EXPECT_EQ(run("$map(['a', 'b'], function($v, $i, $all) { $v & $i & $count($all) })"), R"(["a02","b12"])");
  EXPECT_EQ(run("$filter([1..6], function($v) { $v % 2 = 0 })"), "[2,4,6]");
  EXPECT_EQ(run("$reduce([1..5], function($a, $b) { $a * $b })"), "120");
  EXPECT_EQ(run("$single([1, 2], function($v) { $v > 1 })"), "2");
  EXPECT_EQ(run("$single([1, 2])"), "error D3138");
  EXPECT_EQ(run("$reduce([1], function($a) { $a })"), "error D3050");
}

TEST(JsonataObjects, Functions) {
  EXPECT_EQ(run("$merge([{'a': 1}, {'b': 2, 'a': 3}])"), R"({"a":3,"b":2})");
  EXPECT_EQ(run("$spread({'a': 1, 'b': 2})"), R"([{"a":1},{"b":2}])");
  EXPECT_EQ(run("$sift({'a': 1, 'b': 20}, function($v) { $v > 10 })"), R"({"b":20})");
  EXPECT_EQ(run("$each({'a': 1, 'b': 2}, function($v, $k) { $k & $v })"), R"(["a1","b2"])");
  EXPECT_EQ(run("$lookup([{'a': 1}, {'a': 2}], 'a')"), "[1,2]");
}

TEST(JsonataObjects, ManyKeysAreFound) {
  EXPECT_EQ(run("($o := $merge([1..2000].{$string($): $}); [$lookup($o, '1'), $lookup($o, '2000'), "
                "$lookup($o, 'x')])"),
            "[1,2000]");
}

TEST(JsonataEncoding, UrlsAndBase64) {
  EXPECT_EQ(run("$encodeUrlComponent('a b/ü?') & ' ' & $encodeUrl('a b/ü?')"),
            R"("a%20b%2F%C3%BC%3F a%20b/%C3%BC?")");
  EXPECT_EQ(run("$decodeUrl('%3F%20') & $decodeUrlComponent('%3F')"), R"("%3F ?")");
  EXPECT_EQ(run("$decodeUrlComponent('%E0%A4')"), "error D3140");
  EXPECT_EQ(run("$base64decode($base64encode('any text'))"), R"("any text")");
}

TEST(JsonataDates, AreWritten) {
  EXPECT_EQ(run("$fromMillis(1510067557121)"), R"("2017-11-07T15:12:37.121Z")");
  EXPECT_EQ(run("$fromMillis(1521801216617, '[FNn], [D1o] [MNn] [Y], [h]:[m01] [PN]')"),
            R"("Friday, 23rd March 2018, 10:33 AM")");
  EXPECT_EQ(run("$fromMillis(1521801216617, '[H01]:[m01][Z]', '+0530')"), R"("16:03+05:30")");
  EXPECT_EQ(run("$fromMillis(1104537600000, '[X]-W[W01]-[F1]')"), R"("2004-W53-6")");
  EXPECT_EQ(run("$fromMillis(0, '[YI] [Mw] [D1')"), "error D3135");
}

// A least width is for digits: it once cut Roman years to their last two.
TEST(JsonataDates, WidthsAreForDigits) {
  EXPECT_EQ(run("$fromMillis(1230768000000, '[YI,2] [Y,2-2] [MN,*-3]')"), R"("MMIX 09 JAN")");
}

TEST(JsonataDates, BeyondTheCalendarAreNoDates) {
  EXPECT_EQ(run("$fromMillis(1e17, '[Y]')"), R"("NaN")");
  EXPECT_EQ(run("$fromMillis(8.64e15, '[Y] [W] [x]')"), R"("275760 37 9")");
}

TEST(JsonataDates, AreRead) {
  EXPECT_EQ(run("$toMillis('2017-11-07T15:12:37.121Z')"), "1510067557121");
  EXPECT_EQ(run("$toMillis('2018-02-03')"), "1517616000000");
  EXPECT_EQ(run("$toMillis('3rd February 2018, 7:05 pm', '[D1o] [MNn] [Y], [h]:[m01] [P]')"),
            "1517684700000");
  EXPECT_EQ(run("$toMillis('10:20', '[H01]:[m01]')"), "1767262800000");  // of the day that it is
  EXPECT_EQ(run("$toMillis('yesterday')"), "error D3110");
  EXPECT_EQ(run("$toMillis('no date', '[Y]')"), "undefined");
}

TEST(JsonataDates, NowStandsStill) {
  EXPECT_EQ(run("[$now(), $millis()]"), R"(["2026-01-01T00:00:00.000Z",1767225600000])");
}

TEST(JsonataService, Partitions) {
  EXPECT_EQ(run("$partition([1..5], 2)"), "[[1,2],[3,4],[5]]");
  EXPECT_EQ(run("$partition([1], 4)"), "[[1]]");
  EXPECT_EQ(run("$partition([1], 0)"), "error D3162");
}

TEST(JsonataService, RangesAreSequences) {
  EXPECT_EQ(run("$range(0, 10, 4)"), "[0,4,8]");
  EXPECT_EQ(run("$range(3, 1, -1)"), "[3,2,1]");
  EXPECT_EQ(run("$range(1, 3, 9)"), "1");
  EXPECT_EQ(run("$range(1, 3, 0)"), "error D3163");
}

TEST(JsonataService, Hashes) {
  EXPECT_EQ(run("$hash('abc', 'MD5')"), R"("900150983cd24fb0d6963f7d28e17f72")");
  EXPECT_EQ(run("$hash('abc', 'SHA-256')"),
            R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")");
  EXPECT_EQ(run("$hash('abc', 'CRC')"), "error D3160");
}

TEST(JsonataService, ParsesAndInvents) {
  EXPECT_EQ(run(R"($parse('{"a": [1, -0]}'))"), R"({"a":[1,0]})");
  EXPECT_EQ(run("$parse('-0')"), "0");
  EXPECT_EQ(run("$parse('{')"), "error D3161");
  EXPECT_EQ(run("$random(7) = $random(7) and $random() != $random()"), "true");
  EXPECT_EQ(
      run("$contains($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)"),
      "true");
}

TEST(JsonataService, HasNoEval) {
  EXPECT_EQ(run("$eval('1')"), "error T1006");
}

}  // namespace
}  // namespace soma::workflow::jsonata
