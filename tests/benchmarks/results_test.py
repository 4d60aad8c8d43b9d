"""benchmarks/harness/results.py: from the clients' lines to tables."""

import json
import pathlib
import unittest

import run
from harness import results


def line(**changes):
    fields = {"calls": 1000, "errors": 0, "seconds": 1.0, "cpu_us_per_call": 8.0,
              "calls_per_second": 1000.0, "p50_us": 30.0, "p99_us": 90.0}  # fmt: skip
    return json.dumps(fields | changes)


def measured(cpu, **changes):
    return results.parse_line(line(cpu_us_per_call=cpu, **changes))


class ParseLine(unittest.TestCase):
    def test_line_after_other_output_is_found(self):
        m = results.parse_line(f"Running 1s test\n  32 connections\n{line(errors=2)}\n")
        self.assertEqual((m.calls, m.errors, m.cpu_us_per_call), (1000, 2, 8.0))

    def test_time_from_outside_replaces_what_the_line_says(self):
        without = json.loads(line())
        del without["cpu_us_per_call"]
        m = results.parse_line(json.dumps(without), cpu_seconds=0.0071)
        self.assertAlmostEqual(m.cpu_us_per_call, 7.1)

    def test_failure_names_the_last_words_without_the_key(self):
        with self.assertRaises(results.NotMeasured) as caught:
            results.parse_line("Traceback\nrefused: http://h/p?apiKey=k-1&x=2\n")
        self.assertEqual(str(caught.exception), "refused: http://h/p?apiKey=***&x=2")

    def test_nothing_printed_is_said(self):
        with self.assertRaisesRegex(results.NotMeasured, "it printed nothing"):
            results.parse_line("")

    def test_client_whose_calls_all_failed_is_not_measured(self):
        with self.assertRaisesRegex(results.NotMeasured, "all calls failed: refused"):
            results.parse_line(line(calls=7, errors=7, first_error="refused"))

    def test_useless_lines_are_refused(self):
        for bad in (line(calls=0), line(cpu_us_per_call=0), line(cpu_us_per_call=float("nan")),
                    line(p50_us=None), '{"calls": 5}', "{broken"):  # fmt: skip
            with self.subTest(bad), self.assertRaises(results.NotMeasured):
                results.parse_line(bad)

    def test_key_in_a_first_error_is_hidden(self):
        m = results.parse_line(line(errors=1, first_error="POST /s?apiKey=k-1 -> 500"))
        self.assertEqual(m.first_error, "POST /s?apiKey=*** -> 500")


class Ratios(unittest.TestCase):
    def test_ratio_is_the_median_of_ratios_within_rounds(self):
        rounds = results.Rounds()
        for number, (wrk, ours) in enumerate([(10, 11), (20, 24), (5, 6.5)]):
            rounds.add(number, "wrk", measured(wrk))
            rounds.add(number, "ours", measured(ours))
        ratio = rounds.ratio("ours")
        self.assertAlmostEqual(ratio.median, 1.2)
        self.assertAlmostEqual(ratio.low, 1.1)
        self.assertAlmostEqual(ratio.high, 1.3)
        # The ratio of the medians would be another one.
        self.assertAlmostEqual(rounds.summary("ours").median / rounds.summary("wrk").median, 1.1)

    def test_round_without_reference_gives_no_ratio(self):
        rounds = results.Rounds()
        rounds.add(0, "ours", measured(9))
        rounds.add(1, "ours", measured(10))
        rounds.add(1, "wrk", measured(8))
        self.assertEqual(rounds.ratio("ours").count, 1)
        self.assertEqual(rounds.summary("ours").count, 2)
        self.assertIsNone(rounds.ratio("curl_multi"))

    def test_other_field_and_other_reference(self):
        rounds = results.Rounds()
        rounds.add(0, "beast_loop", measured(9, p99_us=100.0))
        rounds.add(0, "ours", measured(9, p99_us=120.0))
        self.assertAlmostEqual(rounds.ratio("ours", "p99_us", to="beast_loop").median, 1.2)


class Text(unittest.TestCase):
    CLIENTS = (("wrk", "wrk", "no", ("http", "https")),
               ("epoll_loop", "raw epoll loop", "both ways", ("http",)),
               ("vertx", "Vert.x", "both ways", ("http", "https")))  # fmt: skip

    def setUp(self):
        self.http, self.https = results.Rounds(), results.Rounds()
        for rounds in (self.http, self.https):
            rounds.add(0, "wrk", measured(8))
            rounds.fail("vertx", "not installed: no maven")
        self.http.add(0, "epoll_loop", measured(10, errors=3))

    def rows(self, text):
        return [[cell.strip() for cell in row.strip("|").split("|")] for row in text.splitlines()]

    def test_main_table_shows_costs_errors_and_that_one_is_missing(self):
        rows = self.rows(results.main_table(self.CLIENTS, self.http, self.https))
        self.assertEqual(rows[2][:4], ["wrk", "no", "8.00 (8.00–8.00)", "1.00 (1.00–1.00)"])
        self.assertEqual(rows[3][2:5], ["10.0 (10.0–10.0) 3 errors!", "1.25 (1.25–1.25)", "1,000"])
        self.assertEqual(rows[3][5:], ["–", "–", "–"])
        self.assertEqual(rows[4][2:5], ["not measured", "–", "–"])

    def test_complaints_name_who_is_missing_and_the_first_error(self):
        self.http.add(0, "epoll_loop", measured(10, errors=3, first_error="refused"))
        lines = results.complaints(self.CLIENTS, {"http": self.http, "https": self.https})
        self.assertEqual(lines.splitlines(), [
            "- raw epoll loop, HTTP, first error: refused",
            "- Vert.x, HTTP: not installed: no maven",
            "- Vert.x, HTTPS: not installed: no maven",
        ])  # fmt: skip

    def test_client_that_failed_in_some_rounds_says_so(self):
        self.https.add(1, "vertx", measured(20))
        rows = self.rows(results.main_table(self.CLIENTS, self.http, self.https))
        self.assertEqual(rows[4][5], "20.0 (20.0–20.0) in 1 rounds")

    def test_short_table_has_every_client(self):
        rows = self.rows(results.short_table(self.CLIENTS, self.http, self.https))
        self.assertEqual([row[0] for row in rows[2:]], ["wrk", "raw epoll loop", "Vert.x"])
        self.assertEqual(rows[3][2:], ["10.0", "1.25", "–", "–"])

    def test_columns_are_as_wide_as_their_widest_cell(self):
        lines = results.table(["a", "b"], [["x", 1], ["longer", 1234]]).splitlines()
        self.assertEqual(len({len(text) for text in lines}), 1)
        self.assertEqual(lines[2], "| x      |    1 |")

    def test_numbers_have_three_digits(self):
        for value, text in ((7.1234, "7.12"), (26.04, "26.0"), (381.6, "382"), (3012.7, "3,013"),
                            (0.0512, "0.0512"), (0, "0"), (None, "–")):  # fmt: skip
            with self.subTest(value):
                self.assertEqual(results.number(value), text)

    def test_text_between_markers_is_replaced_and_nothing_else(self):
        old = "head\n<b>\nold\n<e>\ntail\n"
        new = results.replace_between(old, "<b>", "<e>", "| new |\n")
        self.assertEqual(new, "head\n<b>\n| new |\n<e>\ntail\n")
        self.assertEqual(results.replace_between(new, "<b>", "<e>", "| new |\n"), new)

    def test_readme_has_the_markers_once(self):
        readme = pathlib.Path("../README.md").read_text(encoding="utf-8")
        self.assertIn("a b", results.replace_between(readme, run.README_BEGIN, run.README_END, "a b"))

    def test_missing_or_swapped_markers_are_refused(self):
        for bad in ("no markers", "<b> only", "<e> <b>", "<b> <b> <e>"):
            with self.subTest(bad), self.assertRaises(ValueError):
                results.replace_between(bad, "<b>", "<e>", "x")


if __name__ == "__main__":
    unittest.main()
