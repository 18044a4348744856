/* Refunds: a model of the protocol in src/billing_api/refunds, in Promela, for the model checker spin. Run: make model.
 *
 * A settled charge of 2 is to be given back by two requests with keys of their own: the whole, and a part of 1. So both
 * together are more than was captured. Meanwhile the bank may return the charge. A process may die or pause anywhere,
 * requests and responses may be lost, and the gateway's index may miss a refund. The gateway of the model refuses
 * nothing, so that all guards are ours.
 *
 * No clock counts: each deadline passes whenever it may. The assumptions about time stand at the label `assumed`.
 *
 * Each of these definitions leaves one safeguard out, and spin finds that more is given back than was captured:
 * NO_RESERVATION, NO_FENCE, ONE_SEARCH. ONLY_DOUBLE looks for that alone.
 * UNREACHABLE=REFUNDED_ANEW, for one, claims that no refund follows one that failed, and spin shows the way to it.
 */

#define CAPTURED 2
#define REFUNDS 2

/* refunds/states.py, without those that wait for the bank. */
mtype:state = { NOT_WRITTEN, SUBMITTING, UNKNOWN, SUCCEEDED, FAILED };

/* The database: refunds, and their payment. */
mtype:state state[REFUNDS] = NOT_WRITTEN;
byte amount[REFUNDS];
bool awaited[REFUNDS]; /* next_check_at is set */
bool absent[REFUNDS];  /* absent_since is set */
byte refunded;
byte reserved;         /* refund_pending */
bool is_returned;
byte cash = CAPTURED;
byte owed;             /* given back, and taken by the bank all the same: due again, by an invoice */

/* The gateway, the network and the bank. */
bool made[REFUNDS];
bool voided[REFUNDS]; /* before it was paid out, since the bank had returned the charge */
bool on_the_wire[REFUNDS];
byte given;
bool sent_back;

bool quiet[REFUNDS]; /* a quiet period has passed since transaction one, and a check has noticed */
byte running;        /* requests that may still do something */

#define is_live(s) (s == SUBMITTING || s == UNKNOWN)
#define left (CAPTURED - refunded - reserved)

#ifdef NO_RESERVATION
#define reserve(by) skip
#define release(by) skip
#else
#define reserve(by) reserved = reserved + by
#define release(by) reserved = reserved - by
#endif

inline settle(r) { /* RefundedMoney.settle: the money has gone, so nothing is refused */
  refunded = refunded + amount[r];
  if
  :: is_returned || cash < amount[r] -> owed = owed + amount[r]
  :: else -> cash = cash - amount[r]
  fi
}

inline record(r, found) { /* RefundRecorder.record: once, whether the request or a check has found it out */
  if
  :: is_live(state[r]) ->
     printf("refund %d: recorded, %e -> %e\n", r, state[r], found);
     state[r] = found;
     if
     :: found == SUCCEEDED -> release(amount[r]); settle(r); awaited[r] = false
     :: found == FAILED -> release(amount[r]); awaited[r] = absent[r]
     :: else
     fi
  :: state[r] == FAILED && found == SUCCEEDED && left >= amount[r] -> /* it turns up late */
     printf("refund %d: it turns up, and is posted\n", r);
     state[r] = SUCCEEDED; settle(r); awaited[r] = false
  :: state[r] == FAILED && found == SUCCEEDED && left < amount[r] ->
     printf("refund %d: it turns up, and its money has gone otherwise\n", r);
     awaited[r] = false
  :: else
  fi
}

/* ---- A request: Refunds.refund. It may die at each `true`. ---- */

proctype Request(byte r; byte wanted) {
  atomic {
    if
    :: is_returned || left < wanted -> printf("refund %d: it is refused\n", r); goto stop
    :: else ->
       printf("refund %d: it is written\n", r);
       amount[r] = wanted; state[r] = SUBMITTING; awaited[r] = true;
       reserve(wanted)
    fi
  };
  atomic {
    if
    :: true -> printf("refund %d: its process dies\n", r); goto stop
#ifdef NO_FENCE
    :: true -> on_the_wire[r] = true; printf("refund %d: it is sent\n", r)
#else
    :: !quiet[r] -> on_the_wire[r] = true; printf("refund %d: it is sent\n", r)
    :: quiet[r] -> record(r, FAILED); goto stop
#endif
    fi
  };
  atomic {
    if
    :: !on_the_wire[r] && made[r] -> record(r, SUCCEEDED)
    :: true -> printf("refund %d: its response is lost\n", r)
    fi;
stop:
    running--
  }
}

/* ---- The gateway, which carries out what arrives, and the bank, which may return the charge once. ---- */

#define carry_out(r) \
  :: d_step { on_the_wire[r] -> on_the_wire[r] = false; made[r] = true; given = given + amount[r]; \
              printf("refund %d: the gateway makes it\n", r) } \
  :: d_step { on_the_wire[r] -> on_the_wire[r] = false; printf("refund %d: it is lost on its way\n", r) }

active proctype Gateway() {
end:
  do
  carry_out(0)
  carry_out(1)
  od
}

active proctype Bank() {
end_waits:
  if
  :: d_step { !sent_back -> sent_back = true; printf("the charge: the bank returns it\n") }
  :: true -> goto end_never
  fi;
  d_step { /* TakeBack.take_back: a webhook or the sweep finds it, and refunds have left this much of it */
    cash = cash - (CAPTURED - refunded); owed = owed + refunded; is_returned = true;
    printf("the charge: the return is recorded\n")
  };
end_never:
  skip
}

/* ---- A check: RefundChecks.resolve. ---- */

proctype Checker() {
  byte r;

end:
  do
  :: atomic {
       if
       :: awaited[0] -> r = 0
       :: awaited[1] -> r = 1
       fi;
       if
       :: made[r] -> record(r, SUCCEEDED)
       :: made[r] && is_returned && is_live(state[r]) -> /* not in time to record it, perhaps: a later check does */
          printf("refund %d: a check has it voided\n", r);
          made[r] = false; voided[r] = true; given = given - amount[r]
       :: voided[r] && is_live(state[r]) -> record(r, FAILED)
       :: is_live(state[r]) && !absent[r] && !on_the_wire[r] -> /* nothing is found, or it is not in the index yet */
          printf("refund %d: a check finds nothing\n", r);
          quiet[r] = true; absent[r] = true; state[r] = UNKNOWN;
#ifdef ONE_SEARCH
          record(r, FAILED)
#endif
assumed: /* A quiet period after the first search: what was sent has arrived or is lost, and the index has it. */
       :: is_live(state[r]) && absent[r] && !on_the_wire[r] && !made[r] ->
          printf("refund %d: a check finds nothing again\n", r);
          record(r, FAILED)
       :: state[r] == FAILED && !on_the_wire[r] && !made[r] -> awaited[r] = false /* the last of the late checks */
       fi;
       r = 0
     }
  od
}

/* ---- At rest: no request is under way, every refund has arrived or is lost, and no check is due. ---- */

#define RETURNED_AFTER_A_REFUND (is_returned && refunded && owed)
#define VOIDED_IN_TIME (is_returned && voided[0] && !owed)
#define REFUNDED_ANEW (state[0] == FAILED && state[1] == SUCCEEDED)
#define is_settled(r) (!awaited[r] && !on_the_wire[r])

active proctype Audit() {
  byte r;

end:
  do
  :: d_step {
       running == 0 && is_settled(0) && is_settled(1) && sent_back == is_returned;
       if
       :: given > CAPTURED -> printf("at rest: DOUBLE REFUND\n")
       :: else
       fi;
       assert(given <= CAPTURED);
#ifndef ONLY_DOUBLE
       /* The books are the gateway's, and each refund is posted once. */
       assert(refunded == given && reserved == 0);
       assert(cash - owed == CAPTURED - given - (sent_back -> CAPTURED : 0));
       for (r : 0 .. REFUNDS - 1) {
         assert((state[r] == SUCCEEDED) == made[r])
       }
#endif
#ifdef UNREACHABLE
       assert(!(UNREACHABLE))
#endif
       r = 0
     }
  od
}

init {
  atomic {
    running = 2;
    run Request(0, 2);
    run Request(1, 1);
    run Checker();
    run Checker()
  }
}
