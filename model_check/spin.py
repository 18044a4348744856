"""Run spin on the model of paying: it writes a program in C, gcc compiles that, and it tries every order of steps."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

MODEL = Path(__file__).with_name("payments.pml")
REFUNDS = MODEL.with_name("refunds.pml")
# Where `fetch_spin` puts it; `make clean` removes it.
_FETCHED = MODEL.parents[1] / "build" / "spin"
_MOST_MEGABYTES = 1500
_MOST_SECONDS = 300  # minutes on a busy machine; much less when it is idle
_DEEPEST = 50_000


class SpinError(Exception):
    """Spin could not be had, or it did not try everything."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The result of one search: `story` has the events that lead to a fault, and is None when there is no fault."""

    states: int
    seconds: float
    megabytes: float
    story: tuple[str, ...] | None


def find_spin() -> str | None:
    """Return the path of spin, installed or fetched, or None."""
    return shutil.which("spin") or shutil.which("spin", path=_FETCHED / "usr" / "bin")


def fetch_spin() -> str:
    """Fetch Debian's package, which takes no root, and return the path of spin. Raise SpinError."""
    _FETCHED.mkdir(parents=True, exist_ok=True)
    try:
        _run(["apt-get", "download", "-qq", "spin"], _FETCHED)
        _run(["dpkg", "-x", next(_FETCHED.glob("spin_*.deb")).name, "."], _FETCHED)
    except (SpinError, StopIteration) as error:
        raise SpinError("spin is needed. Debian and Ubuntu: apt-get install spin; macOS: brew install spin") from error
    spin = find_spin()
    if spin is None:
        raise SpinError(f"Debian's package has no program spin: look into {_FETCHED}")
    return spin


def check(
    spin: str,
    *,
    requests: int = 0,
    checkers: int = 0,
    definitions: Sequence[str] = (),
    shortest: bool = False,
    model: Path = MODEL,
) -> SearchResult:
    """Try every order of the model's steps. Raise SpinError when not all of them were tried, and no fault was found.

    `requests` and `checkers` are the size of the model of paying; that of refunds has one size. `definitions` are those
    at the head of the model, such as `NO_FENCE`. `shortest` finds a fault by the fewest steps, and takes more memory.
    """
    sizes = (f"REQUESTS={requests}", f"CHECKERS={checkers}") if model is MODEL else ()
    defined = [f"-D{one}" for one in (*sizes, *definitions)]
    with TemporaryDirectory() as folder:
        here = Path(folder)
        shutil.copy(model, here)
        _run([spin, *defined, "-a", model.name], here)
        search = ["-DBFS", "-DCOLLAPSE"] if shortest else []
        # -O3 takes longer to compile than it saves.
        _run(["gcc", "-O1", "-w", "-DSAFETY", f"-DMEMLIM={_MOST_MEGABYTES}", *search, "-o", "pan", "pan.c"], here)
        said = _run(["./pan", f"-m{_DEEPEST}", "-w24"], here)
        errors = int(_number(r"errors: (\d+)", said))
        if not errors and ("Search not completed" in said or "max search depth too small" in said):
            raise SpinError(f"not every order was tried:\n{said}")
        return SearchResult(
            states=int(_number(r"(\d+) states, stored", said)),
            seconds=_number(r"elapsed time ([\d.]+)", said),
            megabytes=_number(r"([\d.]+)\s+total actual memory usage", said),
            story=_story(_run([spin, *defined, "-t", "-T", model.name], here)) if errors else None,
        )


def _story(said: str) -> tuple[str, ...]:
    """Return the lines that the model prints, without those that spin adds."""
    return tuple(
        line for line in said.splitlines() if line.startswith(("payment ", "refund ", "the charge: ", "at rest: "))
    )


def _run(command: list[str], folder: Path) -> str:
    """Return the program's output. Raise SpinError."""
    try:
        done = subprocess.run(  # noqa: S603 - its own words alone
            command, cwd=folder, capture_output=True, text=True, timeout=_MOST_SECONDS, check=False, encoding="utf-8"
        )
    except FileNotFoundError as error:
        raise SpinError(f"{command[0]} is needed to check the model") from error
    except subprocess.TimeoutExpired as error:
        raise SpinError(f"{command[0]} took more than {_MOST_SECONDS} seconds") from error
    if done.returncode:
        raise SpinError(f"{command[0]}:\n{done.stdout}{done.stderr}")
    return done.stdout


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise SpinError(f"spin did not say {pattern}:\n{text}")
    return float(found.group(1))
