"""The longest time of a request to the gateway, and the time after which none can be under way any more.

A charge or method that is not found counts as absent only after the quiet period. So a request that changes anything
must not be sent unless it ends within that period: a paused process would send it an hour later otherwise.
"""

from datetime import timedelta

QUIET_MINUTES = 5
QUIET_PERIOD = timedelta(minutes=QUIET_MINUTES)
CONNECT_SECONDS = 5.0
# A call without a free thread for so long is given up before it is sent. With the time-outs of the call itself
# this stays below the lease of an idempotency key: nothing is charged after its key has been let go.
WAIT_FOR_THREAD_SECONDS = 10.0


def time_to_send(timeout_seconds: float) -> timedelta:
    """Return how long after its intent was written a request may still be sent: the quiet period less every time-out.

    `timeout_seconds` is that of one call. Raise ValueError when that leaves no time.
    """
    left = QUIET_PERIOD - timedelta(seconds=WAIT_FOR_THREAD_SECONDS + CONNECT_SECONDS + timeout_seconds)
    if left <= timedelta(0):
        raise ValueError("GATEWAY_TIMEOUT_SECONDS leaves no time to send a request within the quiet period")
    return left
