/* Paying: a model of the protocol in src/billing_api/payments, in Promela, for the model checker spin. Run: make model.
 *
 * Spin tries every order of the steps below, with every crash, pause, loss and miss, and stops at the first assertion
 * that fails. docs/payments.md explains the protocol, and docs/decisions/0029 says what the model leaves out.
 *
 * Up to three requests want to pay one invoice, one of them a repeat with the same Idempotency-Key. Up to two checkers
 * look payments up, as reconcilers and webhooks do, and a request whose charge came late. The gateway carries out each
 * sale that arrives.
 *
 * No clock counts. Each deadline passes whenever it may, so that pauses of any length are tried. The assumptions about
 * time stand at the label `assumed`.
 *
 * Each of these definitions leaves one safeguard out, and spin finds a fault: NO_FENCE, NO_CONTROL, NO_LATE_CHECKS,
 * NO_RESERVATION, COUNT_FROM_RECORDING. LOOK_FOR=1 looks for a double charge alone, LOOK_FOR=2 for a lost charge alone.
 * UNREACHABLE=ACCEPTED, for one, claims that no late charge ends so, and spin shows the way to it.
 */

#ifndef LOOK_FOR
#define LOOK_FOR 0
#endif
#ifndef REQUESTS
#define REQUESTS 3
#endif
#ifndef CHECKERS
#define CHECKERS 2
#endif
#define PAYMENTS REQUESTS /* each request makes one at most */
#define KEYS 2

/* payments/states.py. Before them is NOT_WRITTEN; NEVER_SENT is an outcome alone, FAILED with a key that is free. */
mtype:state = { NOT_WRITTEN, SCHEDULED, SUBMITTING, PROCESSING, UNKNOWN, SUCCEEDED, DECLINED, FAILED, RETURNED,
                CANCELLING, CANCELLED, NEVER_SENT };
/* A card's charge is TAKEN, then SETTLED; a bank transfer is ON_ITS_WAY, then SETTLED or SENT_BACK. */
mtype:charge = { NO_CHARGE, REFUSED, TAKEN, ON_ITS_WAY, SETTLED, SENT_BACK, VOIDED, REFUNDED };
mtype:late = { NO_LATE_CHARGE, ACCEPTED, GIVING_BACK, GIVEN_BACK };
mtype:answer = { NO_ANSWER, PAID, NOTHING_CHARGED, NOT_KEPT };

/* The database: payments with their late charge, keys, and the invoice of 1. */
mtype:state state[PAYMENTS] = NOT_WRITTEN;
bool awaited[PAYMENTS];  /* next_check_at is set */
bool absent[PAYMENTS];   /* absent_since is set */
bool named[PAYMENTS];    /* gateway_transaction_id is set */
mtype:late late[PAYMENTS] = NO_LATE_CHARGE;
byte subject[KEYS];      /* the payment of the key, plus 1; 0 is a free key */
mtype:answer answer[KEYS] = NO_ANSWER;
byte written;            /* how many payments there are */
bit due = 1;             /* amount_due */
bit pending;             /* amount_pending */
byte cash;               /* posted to cash_clearing */

/* The gateway and the network. A request is written to its socket once, so an order id has one charge at most. Payments
 * by the first key are by card, those by the second from a bank account. */
mtype:charge charge[PAYMENTS] = NO_CHARGE;
bool is_bank_account[PAYMENTS];
bool is_missed;
bool on_the_wire[PAYMENTS]; /* the sale is sent, and has not arrived yet */

/* The clock. */
bool quiet[PAYMENTS];       /* a quiet period has passed since transaction one, and somebody has noticed */
byte looks_at[CHECKERS] = PAYMENTS;
bool looked_quiet[CHECKERS]; /* when the search began, it had passed, */
bool looked_again[CHECKERS]; /* and another one since absent_since, */
bool looked_last[CHECKERS];  /* or the last of the checks after the payment's end was due */

byte running;       /* requests after transaction one, and checkers within a check */
bool is_repeatable; /* the first key has been used */

/* Scratch of one transaction, cleared at its end. */
mtype:state before;
mtype:state result;
bool goes_on;
bool was_live;
byte i;

#define is_open(s) (s == SUBMITTING || s == UNKNOWN)
#define is_live(s) (is_open(s) || s == PROCESSING)
#define is_final(s) (!is_live(s) && s != CANCELLING)
#define brings_money(s) (s == SUCCEEDED || s == PROCESSING)
#define without_charge(s) (s == DECLINED || s == FAILED || s == NEVER_SENT)
#define holds_money(p) (charge[p] == TAKEN || charge[p] == ON_ITS_WAY || charge[p] == SETTLED)
#define is_going_back(p) (late[p] == GIVING_BACK || late[p] == GIVEN_BACK)
#define is_payable (due > pending)
#define may_have_another(p) (is_open(state[p]) || (state[p] == CANCELLING && late[p] != GIVING_BACK))

/* TRANSITIONS in payments/states.py, which a test compares. */
#define may_become(from, to) (from == to || \
  (from == SCHEDULED && (to == SUBMITTING || to == SUCCEEDED || to == FAILED || to == CANCELLED)) || /* not modelled */ \
  (from == SUBMITTING && (to == PROCESSING || to == UNKNOWN || to == SUCCEEDED || to == DECLINED || to == FAILED || \
                          to == RETURNED || to == CANCELLED)) || \
  (from == PROCESSING && (to == SUCCEEDED || to == DECLINED || to == RETURNED || to == CANCELLING || \
                          to == CANCELLED)) || \
  (from == UNKNOWN && (to == PROCESSING || to == SUCCEEDED || to == DECLINED || to == FAILED || to == RETURNED || \
                       to == CANCELLING || to == CANCELLED)) || \
  (from == SUCCEEDED && (to == RETURNED || to == CANCELLED)) || /* taken back, which is not modelled */ \
  (from == DECLINED && (to == UNKNOWN || to == CANCELLING)) || \
  (from == FAILED && (to == UNKNOWN || to == DECLINED || to == RETURNED || to == CANCELLING || to == CANCELLED)) || \
  (from == RETURNED && (to == UNKNOWN || to == CANCELLING)) || \
  (from == CANCELLING && (to == UNKNOWN || to == DECLINED || to == FAILED || to == RETURNED || to == CANCELLED)) || \
  (from == CANCELLED && (to == UNKNOWN || to == CANCELLING)))

/* ---- The invoice, the books and the keys: parts of a transaction ---- */

inline reserve() {
#ifdef NO_RESERVATION
  skip
#else
  pending = 1
#endif
}

inline forget_answer(p) { /* IdempotencyKeys.reopen_subject */
  for (i : 0 .. KEYS - 1) {
    if
    :: subject[i] == p + 1 -> answer[i] = NO_ANSWER
    :: else
    fi
  }
}

inline store_answer(p, outcome_) { /* Outcomes.store_result. A stored answer stays, and an open outcome has none. */
  for (i : 0 .. KEYS - 1) {
    if
    :: subject[i] == p + 1 && outcome_ == NEVER_SENT -> subject[i] = 0; answer[i] = NO_ANSWER
    :: subject[i] == p + 1 && outcome_ != NEVER_SENT && answer[i] == NO_ANSWER ->
       if
       :: brings_money(outcome_) -> answer[i] = PAID
       :: outcome_ == DECLINED || outcome_ == FAILED -> answer[i] = NOTHING_CHARGED
       :: outcome_ == RETURNED || outcome_ == CANCELLED -> answer[i] = NOT_KEPT
       :: else
       fi
    :: else
    fi
  }
}

inline set_next_check(p) { /* checking.next_check, and that of LateCharges */
  awaited[p] = late[p] == GIVING_BACK || is_live(state[p]) || state[p] == CANCELLING;
#ifndef NO_LATE_CHECKS
  awaited[p] = awaited[p] || (state[p] == FAILED && absent[p])
#endif
}

inline forget_looks(p) { /* Searches that began before are too early for what counts from now. */
  for (i : 0 .. CHECKERS - 1) {
    if
    :: looks_at[i] == p -> looked_again[i] = false; looked_last[i] = false
    :: else
    fi
  }
}

inline move(p, to_) { /* Payment.moved */
  assert(may_become(state[p], to_));
  state[p] = to_
}

inline move_back(p, back_to) { /* EndedPayments._moved */
  move(p, back_to);
  absent[p] = false;
  forget_looks(p);
  forget_answer(p)
}

/* After every transaction: a payment that is not final has a next step, and the invoice is not paid twice. */
#define commit(p) \
  before = 0; \
  result = 0; \
  goes_on = false; \
  was_live = false; \
  i = 0; \
  assert(is_final(state[p]) || awaited[p]); \
  assert(LOOK_FOR == 2 || (cash + due == 1 && pending <= due))

/* ---- Recording an outcome: transaction two, of a request or a checker ---- */

inline reopen(p) { /* EndedPayments.reopen. `goes_on` says whether the outcome is recorded like a first one. */
  goes_on = false;
  if
  :: brings_money(result) && (named[p] || late[p] != NO_LATE_CHARGE) /* it was found before */
  :: brings_money(result) && !named[p] && late[p] == NO_LATE_CHARGE ->
     assert(before != SUCCEEDED); /* its charge is named */
     if
     :: is_payable ->
        reserve();
        late[p] = ACCEPTED;
        move_back(p, UNKNOWN);
        goes_on = true
     :: else ->
        late[p] = GIVING_BACK;
        awaited[p] = true;
        move_back(p, CANCELLING)
     fi
  :: before == FAILED && result == NEVER_SENT -> store_answer(p, NEVER_SENT)
  :: before == FAILED && result == UNKNOWN -> /* its own request was late, and the response is lost */
     if
     :: is_payable -> reserve(); move_back(p, UNKNOWN)
     :: else -> move_back(p, CANCELLING)
     fi;
     awaited[p] = true
  :: !brings_money(result) && result != NEVER_SENT && result != UNKNOWN && result != before &&
     (before == FAILED || may_have_another(p)) ->
     forget_answer(p);
     goes_on = true
  :: else
  fi
}

inline record(p, outcome_) {
  d_step {
    before = state[p];
    result = outcome_;
    goes_on = true;
    if
    :: before == PROCESSING && result == UNKNOWN -> goes_on = false
    :: !is_live(before) -> reopen(p)
    :: else
    fi;
    if
    :: goes_on && before != SUBMITTING && brings_money(result) && is_going_back(p) -> goes_on = false
    :: else
    fi;
    if
    :: goes_on ->
       if
       :: before != SUBMITTING && late[p] == GIVING_BACK && without_charge(result) ->
          forget_answer(p);
          result = CANCELLING
       :: else
       fi;
       was_live = is_live(state[p]);
       if
       :: result == NEVER_SENT -> move(p, FAILED)
       :: else -> move(p, result)
       fi;
       if
       :: state[p] == FAILED -> forget_looks(p) /* its last check is five days from now */
       :: else
       fi;
       if
       :: charge[p] != NO_CHARGE && (brings_money(result) || result == DECLINED || result == RETURNED) ->
          named[p] = true
       :: else
       fi;
       if
       :: result == SUCCEEDED -> pending = 0; due = 0; cash++
       :: result != SUCCEEDED && was_live && !is_live(state[p]) -> pending = 0
       :: else
       fi;
       set_next_check(p);
       store_answer(p, result)
    :: else
    fi;
    printf("payment %d: recorded, %e -> %e\n", p, before, state[p]);
    commit(p)
  }
}

inline record_absence(p, me) {
  atomic {
    goes_on = may_have_another(p) && absent[p] && looked_again[me];
    if
    :: goes_on -> record(p, FAILED)
    :: else ->
       if
       :: may_have_another(p) && !absent[p] && looked_quiet[me] -> absent[p] = true
       :: else
       fi;
       if
       :: is_open(state[p]) -> record(p, UNKNOWN)
       :: else ->
          set_next_check(p);
          if
#ifdef COUNT_FROM_RECORDING
          :: state[p] == FAILED && !on_the_wire[p] -> awaited[p] = false
          :: true
#else
          :: state[p] == FAILED && looked_last[me] -> awaited[p] = false
          :: else
#endif
          fi;
          printf("payment %d: recorded, still %e\n", p, state[p]);
          commit(p)
       fi
    fi
  }
}

inline record_given_back(p) {
  d_step {
    late[p] = GIVEN_BACK;
    if
    :: state[p] == CANCELLING ->
       move(p, CANCELLED);
       awaited[p] = false;
       store_answer(p, CANCELLED)
    :: state[p] != CANCELLING && !is_live(state[p]) -> awaited[p] = false
    :: else
    fi;
    printf("payment %d: recorded that its charge is given back, it is %e\n", p, state[p]);
    commit(p)
  }
}

/* ---- POST /v1/payments ---- */

proctype Request(byte key; bool is_repeat) {
  byte mine;
  mtype:state outcome;

end:
  /* Transaction one: claim the key, check, write, reserve. A request that gets the stored answer, a 409, or the payment
   * as it is changes nothing, so here it waits. The repeat is the later one of two like requests. */
  atomic {
    subject[key] == 0 && is_payable && (is_repeat -> is_repeatable : true);
    running++;
    is_repeatable = is_repeatable || key == 0;
    mine = written;
    written++;
    subject[key] = mine + 1;
    state[mine] = SUBMITTING;
    is_bank_account[mine] = key;
    awaited[mine] = true;
    reserve();
    printf("payment %d: it is written, with key %d\n", mine, key)
  };
  atomic { /* The fence: the last look at the clock before the socket. A pause after it is a delay on the wire. */
    if
    :: goto dies
    :: outcome = NEVER_SENT; goto transaction_two /* too late, or there is no connection */
#ifdef NO_FENCE
    :: true
#else
    :: !quiet[mine]
#endif
    fi;
    on_the_wire[mine] = true;
    printf("payment %d: its sale is sent\n", mine)
  };
  atomic { /* The response comes, or is lost while the sale may still be on its way. */
    if
    :: goto dies
    :: outcome = UNKNOWN; printf("payment %d: the response is lost\n", mine)
    :: !on_the_wire[mine] && (charge[mine] == REFUSED || charge[mine] == NO_CHARGE) -> outcome = DECLINED
    :: !on_the_wire[mine] && charge[mine] != REFUSED && charge[mine] != NO_CHARGE ->
       outcome = (is_bank_account[mine] -> PROCESSING : SUCCEEDED)
    fi
  };
transaction_two: /* Once more when the response to its commit is lost. */
  atomic {
    if
    :: record(mine, outcome)
    :: record(mine, outcome); goto transaction_two
    :: goto dies
    fi;
    goto over;
dies:
    printf("payment %d: its process dies\n", mine);
over:
    running--;
    mine = 0;
    outcome = 0
  }
}

/* ---- The gateway ---- */

#define carry_out(p) \
  :: atomic { on_the_wire[p] -> on_the_wire[p] = false; \
              if \
              :: charge[p] = (is_bank_account[p] -> ON_ITS_WAY : TAKEN); \
                 printf("payment %d: the gateway charges it\n", p) \
              :: charge[p] = REFUSED; printf("payment %d: the gateway declines it\n", p) \
              :: printf("payment %d: its sale is lost, or refused as invalid\n", p) \
              fi }

active proctype Gateway() {
end:
  do
  carry_out(0)
  carry_out(1)
#if REQUESTS > 2
  carry_out(2)
#endif
  od
}

/* ---- A check: PaymentChecks.resolve and resolve_due. A crash, or an error, leaves the rest to the next check. ---- */

proctype Checker(byte me) {
  byte p;
  mtype:state found;

end:
  atomic {
    if
    :: awaited[0] -> p = 0
    :: awaited[1] -> p = 1
#if REQUESTS > 2
    :: awaited[2] -> p = 2
#endif
    fi;
    if /* A bank transfer ends some day, here when somebody looks. A void by a person is like a return. */
    :: charge[p] == ON_ITS_WAY -> charge[p] = SETTLED
    :: charge[p] == ON_ITS_WAY -> charge[p] = SENT_BACK; printf("payment %d: the bank returns it\n", p)
    :: true
    fi;
    running++;
    if
    :: late[p] == GIVING_BACK ->
       assert(!is_live(state[p])); /* its own charge is not looked for then */
       if /* A void, or a refund where it is too late for that; nothing, where it holds no money any more. */
       :: charge[p] == TAKEN || charge[p] == ON_ITS_WAY -> charge[p] = VOIDED
       :: charge[p] == TAKEN || charge[p] == SETTLED -> charge[p] = REFUNDED
       :: !holds_money(p)
       fi;
       printf("payment %d: the gateway gives the money back\n", p);
       goto given_back
    :: else
    fi;

    /* The search. It leaves a charge that is given back out, unless that was decided after the check had begun. */
    if
    :: charge[p] != NO_CHARGE ->
       if
       :: charge[p] == REFUSED -> found = DECLINED
       :: charge[p] == ON_ITS_WAY -> found = PROCESSING
       :: charge[p] == TAKEN || charge[p] == SETTLED || charge[p] == REFUNDED -> found = SUCCEEDED
       :: charge[p] == SENT_BACK -> found = RETURNED
       :: charge[p] == VOIDED -> found = CANCELLED
       fi;
       printf("payment %d: a check finds it %e\n", p, found);
       goto read
    :: charge[p] == NO_CHARGE || is_going_back(p) -> printf("payment %d: a check finds nothing\n", p)
    :: charge[p] != NO_CHARGE && !is_going_back(p) ->
       is_missed = true;
       printf("payment %d: a check misses its charge, which is not in the gateway's index yet\n", p)
#ifdef NO_CONTROL
    :: charge[p] != NO_CHARGE -> printf("payment %d: a check with another merchant's keys finds nothing\n", p)
#endif
    fi;
    looks_at[me] = p;
    looked_quiet[me] = quiet[p];
    if
    :: !quiet[p] -> quiet[p] = true; looked_quiet[me] = true
    :: absent[p] && (is_open(state[p]) || state[p] == CANCELLING) -> looked_again[me] = true
assumed: /* The last check is days after the payment's end. By then its sale has arrived or is lost, unless it is unsent
          * because no fence bounds that; and the gateway's index has every charge. */
    :: state[p] == FAILED && !on_the_wire[p] && !is_missed ->
       looked_last[me] = true;
       printf("payment %d: it was the last check\n", p)
    :: true
    fi;
    is_missed = false
  };
read:
  atomic {
    if
    :: found != 0 -> record(p, found)
    :: found == 0 -> record_absence(p, me)
    :: true /* the control is not found, or the gateway is away, or the process dies: nothing changes */
    fi;
    goto stop
  };
given_back:
  atomic {
    if
    :: record_given_back(p)
    :: true
    fi;
stop:
    looks_at[me] = PAYMENTS;
    looked_quiet[me] = false;
    looked_again[me] = false;
    looked_last[me] = false;
    p = 0;
    found = 0;
    running--;
    goto end
  }
}

/* ---- At rest: no request is under way, every sale has arrived or is lost, and no check is due. ---- */

#if REQUESTS > 2
#define of_all(sum, macro) (macro(0) sum macro(1) sum macro(2))
#else
#define of_all(sum, macro) (macro(0) sum macro(1))
#endif
#define is_settled(p) (!awaited[p] && !on_the_wire[p])
#define is_at_rest (running == 0 && of_all(&&, is_settled))
#define is_charged(p) (holds_money(p) -> 1 : 0)
#define is_applied(p) (state[p] == SUCCEEDED -> 1 : 0)
#define is_lost_charge(p) (is_charged(p) > is_applied(p))

active proctype Audit() {
  byte p;
  bool is_double, is_lost;

end:
  do
  :: d_step {
    is_at_rest;
    is_double = of_all(+, is_charged) > 1;
    is_lost = of_all(||, is_lost_charge);
    if
    :: is_double -> printf("at rest: DOUBLE CHARGE\n")
    :: else
    fi;
    if
    :: is_lost -> printf("at rest: LOST CHARGE\n")
    :: else
    fi;
    assert(LOOK_FOR == 2 || !is_double);
    assert(LOOK_FOR == 1 || !is_lost);
    if
    :: LOOK_FOR == 0 ->
       /* The books are the gateway's: what is charged is applied, and what is applied is charged. */
       assert(cash == of_all(+, is_charged));
       assert(due == 1 - cash && pending == 0);
       for (p : 0 .. PAYMENTS - 1) {
         assert(is_final(state[p]) || state[p] == NOT_WRITTEN);
         assert(is_applied(p) == is_charged(p));
#ifdef UNREACHABLE
         assert(late[p] != UNREACHABLE)
#endif
       }
       /* Each key has the answer of its payment. */
       for (p : 0 .. KEYS - 1) {
         if
         :: subject[p] == 0
         :: else ->
            assert(answer[p] != NO_ANSWER);
            assert(answer[p] != NOTHING_CHARGED || !holds_money(subject[p] - 1));
            assert(answer[p] != NOT_KEPT || !holds_money(subject[p] - 1))
         fi
       }
    :: else
    fi;
    p = 0; is_double = false; is_lost = false
  }
  od
}

init {
  atomic {
    run Request(0, false);
    run Request(1, false);
#if REQUESTS > 2
    run Request(0, true);
#endif
    run Checker(0);
#if CHECKERS > 1
    run Checker(1)
#endif
  }
}
