// What braintree-web needs of Cardinal's Songbird for 3-D Secure: the bank's challenge is a dialog with two buttons.
(() => {
  const listeners = {};
  const emit = (name, ...values) => (listeners[name] || []).forEach((listener) => listener(...values));

  function finish(dialog, code, jwt) {
    dialog.remove();
    emit("ui.close");
    const cancelled = code === "FAILURE";
    const ExtendedData = cancelled ? { ChallengeCancel: "01" } : {};
    emit("payments.validated", { ActionCode: code, Validated: !cancelled, ErrorNumber: 0, Payment: { ExtendedData } }, jwt);
  }

  function challenge(transactionId) {
    const dialog = document.createElement("dialog");
    dialog.id = "three-d-secure-challenge";
    dialog.open = true;
    dialog.append("The bank of the card (of the sandbox) asks: is it you?");
    const buttons = { Yes: ["SUCCESS", transactionId], Cancel: ["FAILURE", "cancelled"] };
    for (const [text, [code, jwt]] of Object.entries(buttons)) {
      const button = document.createElement("button");
      button.textContent = text;
      button.onclick = () => finish(dialog, code, jwt);
      dialog.append(button);
    }
    document.body.append(dialog);
    emit("ui.render");
  }

  window.Cardinal = {
    configure() {},
    on: (name, listener) => (listeners[name] = [...(listeners[name] || []), listener]),
    off: (name) => delete listeners[name],
    setup: () => setTimeout(() => emit("payments.setupComplete", { sessionId: "sandbox-session" })),
    trigger: () => Promise.resolve({ Status: true }),
    continue: (brand, { AcsUrl }, { OrderDetails }) => challenge(OrderDetails.TransactionId),
  };
})();
