"""`make model`: check the model of paying, and leave one safeguard out after another to see that it is missed."""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor

from model_check.searches import SEARCHES, RefundSearch, Search
from model_check.spin import SearchResult, SpinError, fetch_spin, find_spin

_AT_ONCE = 2  # each takes one processor, and up to 600 MB


def main() -> None:
    """Print the states, the time and the result of each search; end with 1 when one is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m model_check", description=main.__doc__)
    parser.add_argument("--stories", action="store_true", help="print the events that lead to each fault")
    prints_stories = parser.parse_args().stories
    is_right = True
    try:
        spin = find_spin() or fetch_spin()
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for search, result in zip(SEARCHES, threads.map(lambda one: one.run(spin), SEARCHES), strict=True):
                is_right = is_right and search.is_right(result)
                _show(search, result, with_story=prints_stories or not search.is_right(result))
    except SpinError as error:
        sys.exit(f"model: {error}")
    sys.exit(None if is_right else "model: a result is not as it must be")


def _show(search: Search | RefundSearch, result: SearchResult, *, with_story: bool) -> None:
    figures = f"{result.states:>9,} states {result.seconds:5.1f} s {result.megabytes:4.0f} MB"
    lines = [f"{search.name:<48} {figures}   {search.words_for(result)}"]
    if with_story:
        lines += [f"    {line}" for line in result.story or ()]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
