// An OpenID provider with invented accounts. The first line in says whom it knows and whom it serves;
// the line out, where it is. Whoever is hinted at is logged in at once; others choose on a page.

import { once } from "node:events";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Provider } from "oidc-provider";

const lines = createInterface({ input: process.stdin });
lines.on("close", () => process.exit(0));
const { port, accounts, clients } = JSON.parse((await once(lines, "line"))[0]);

const server = createServer().listen(port, "127.0.0.1");
await once(server, "listening");
const issuer = `http://127.0.0.1:${server.address().port}`;

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const provider = new Provider(issuer, {
  clients,
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256" }] },
  cookies: { keys: [randomBytes(32).toString("hex")] },
  claims: {
    openid: ["sub", "acr", "auth_time"],
    profile: ["name"],
    email: ["email", "email_verified"],
  },
  // Many providers put what they know of a person in the ID token, and not only at userinfo.
  conformIdTokenClaims: false,
  acrValues: [...new Set(Object.values(accounts).map((account) => account.acr))],
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_context, sub) =>
    accounts[sub] && { accountId: sub, claims: () => ({ sub, ...accounts[sub] }) },
  // Nobody is asked whether their own region may know who they are.
  loadExistingGrant: async (context) => {
    const { Grant } = context.oidc.provider;
    const grant = new Grant({
      clientId: context.oidc.client.clientId,
      accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope("openid profile email");
    grant.addOIDCClaims(["acr", "auth_time"]);
    await grant.save();
    return grant;
  },
});

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const choice = (sub, name) => `<button name="sub" value="${escaped(sub)}">${escaped(name)}</button>`;
const page = () => `<!doctype html><html lang="en"><title>Log in</title><main><h1>Who are you?</h1>
<form method="post">${Object.entries(accounts).map(([sub, { name }]) => choice(sub, name)).join(" ")}
${choice("", "Nobody")}</form></main></html>`;

async function interact(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const hinted = request.method === "GET" ? params.login_hint : undefined;
  if (request.method === "GET" && !(hinted in accounts)) {
    response.setHeader("content-type", "text/html; charset=utf-8").end(page());
    return;
  }
  let sub = hinted;
  if (sub === undefined) {
    const form = await new Response(request).text();
    sub = new URLSearchParams(form).get("sub");
  }
  const result = accounts[sub]
    ? { login: { accountId: sub, acr: accounts[sub].acr } }
    : { error: "access_denied", error_description: "Nobody logged in." };
  await provider.interactionFinished(request, response, result);
}

const answer = provider.callback();
server.on("request", (request, response) => {
  if (!request.url.startsWith("/interaction/")) return answer(request, response);
  return interact(request, response).catch((fault) => {
    response.writeHead(400, { "content-type": "text/plain" }).end(String(fault));
  });
});
console.log(JSON.stringify({ issuer }));
