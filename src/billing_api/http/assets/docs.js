// Starts Swagger UI, and keeps its reader signed in: the access token stays in this page's memory, and the refresh token
// in the HttpOnly cookie, from which the next visit gets a new access token.
"use strict";

const SCHEME = "access_token";
const SIGNED_IN = "billing-docs-signed-in"; // so that a visitor who never signed in causes no refused refresh
const REFRESH_BEFORE_SECONDS = 60;

const root = document.getElementById("swagger-ui");
const login = JSON.parse(root.dataset.login); // the demo user in development, else null
const form = document.getElementById("sign-in");
const signedIn = document.getElementById("signed-in");
const message = document.getElementById("sign-in-message");

let accessToken = null;
let refreshing = null;

function send(method, path, body) {
  const headers = { "X-Requested-With": "docs" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (accessToken !== null) headers.Authorization = `Bearer ${accessToken}`;
  return fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
}

async function enter(tokens) {
  accessToken = tokens.access_token;
  ui.preauthorizeApiKey(SCHEME, accessToken);
  localStorage.setItem(SIGNED_IN, "yes");
  clearTimeout(refreshing);
  refreshing = setTimeout(refresh, (tokens.expires_in - REFRESH_BEFORE_SECONDS) * 1000);
  form.hidden = true;
  signedIn.hidden = false;
  message.textContent = "";
  const profile = await send("GET", "/v1/profile");
  const company = profile.ok ? (await profile.json()).company_name : "";
  signedIn.querySelector("span").textContent = `Signed in: ${company} (${tokens.role})`;
}

function leave() {
  accessToken = null;
  clearTimeout(refreshing);
  ui.authActions.logout([SCHEME]);
  localStorage.removeItem(SIGNED_IN);
  form.hidden = false;
  signedIn.hidden = true;
}

async function refresh() {
  accessToken = null; // it may have expired, and then it would be refused
  const response = await send("POST", "/v1/sessions/refresh", {});
  if (response.ok) await enter(await response.json());
  else leave();
}

async function signIn(event) {
  event.preventDefault();
  message.textContent = "Signing in …";
  const { email, password } = form.elements;
  const response = await send("POST", "/v1/sessions", { email: email.value, password: password.value });
  const body = await response.json();
  if (response.ok) await enter(body);
  else message.textContent = body.detail;
}

async function signOut() {
  await send("DELETE", "/v1/sessions/current");
  leave();
}

// A sign-in, refresh or sign-out that is tried out in the page counts as one by its form.
function follow(response) {
  const isSession = /\/v1\/sessions(\/refresh)?$/.test(response.url ?? "");
  if (isSession && response.ok && response.body?.access_token) enter(response.body);
  if (/\/v1\/sessions\/current$/.test(response.url ?? "") && response.status === 204) leave();
  return response;
}

// The contract names one address; the page may have been opened by another, whose site is the one of its cookies.
function adapted(text) {
  const contract = JSON.parse(text);
  contract.servers = [{ url: location.origin }];
  if (login) {
    const media = contract.paths["/v1/sessions"].post.requestBody.content["application/json"];
    delete media.examples;
    media.example = login;
  }
  for (const item of Object.values(contract.paths)) {
    for (const operation of Object.values(item)) (operation.parameters ?? []).forEach(describeExample);
  }
  return JSON.stringify(contract);
}

// Swagger UI fills examples in and sends them: a cursor or an ETag that was never given would be refused.
function describeExample(parameter) {
  const { schema = {} } = parameter;
  const example = parameter.example ?? Object.values(parameter.examples ?? {})[0]?.value ?? schema.examples?.[0] ?? schema.example;
  if (parameter.required || example === undefined) return;
  parameter.description = `${parameter.description ?? ""} (example: \`${example}\`)`.trim();
  delete parameter.example;
  delete parameter.examples;
  delete schema.example;
  delete schema.examples;
}

const adaptation = () => ({
  statePlugins: { spec: { wrapActions: { updateSpec: (update) => (text) => update(text ? adapted(text) : text) } } },
});

// A heading above the first tag of each group. With a filter there are none, and what it leaves is open.
const groups = () => ({
  wrapComponents: {
    OperationTag: (Original, { React, specSelectors, layoutSelectors }) => (props) => {
      const filter = layoutSelectors.currentFilter();
      if (typeof filter === "string" && filter !== "") {
        const getConfigs = () => ({ ...props.getConfigs(), docExpansion: "list" });
        return React.createElement(Original, { ...props, getConfigs });
      }
      const known = specSelectors.specJson().get("x-tagGroups")?.toJS() ?? [];
      const group = known.find((one) => one.tags[0] === props.tag);
      const heading = group ? React.createElement("h2", { className: "group" }, group.name) : null;
      return React.createElement(React.Fragment, null, heading, React.createElement(Original, props));
    },
  },
});

// Swagger UI's own filter looks at the names of tags alone.
const search = () => ({
  fn: {
    opsFilter: (tagged, phrase) => {
      const wanted = phrase.toLowerCase();
      const holds = (text) => (text ?? "").toLowerCase().includes(wanted);
      const fits = (one) => holds(one.get("path")) || holds(one.getIn(["operation", "summary"])) || holds(one.get("id"));
      return tagged
        .map((tag, name) => (holds(name) ? tag : tag.update("operations", (all) => all.filter(fits))))
        .filter((tag) => tag.get("operations").size > 0);
    },
  },
});

const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  filter: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  validatorUrl: null,
  plugins: [adaptation, groups, search],
  responseInterceptor: follow,
  onComplete: () => {
    root.dataset.ready = "yes";
    if (localStorage.getItem(SIGNED_IN)) refresh();
  },
});

form.addEventListener("submit", signIn);
signedIn.querySelector("button").addEventListener("click", signOut);
if (login) {
  form.elements.email.value = login.email;
  form.elements.password.value = login.password;
}
