import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { AUTH_API, hosts, origin } from "../origin.ts";
import { Field, Form } from "../ui/Form.tsx";
import { Card } from "../ui/primitives.tsx";
import { Loading, NoPage } from "../ui/states.tsx";
import { LoginRefused } from "./LoginRefused.tsx";
import { PrincipalFacts } from "./PrincipalFacts.tsx";
import { ProblemText } from "./ProblemText.tsx";
import { SessionEnded } from "./SessionEnded.tsx";
import type { Principal, Way } from "./SessionStore.ts";
import { hasSessions, session, useSession } from "./session.ts";

export function SignIn() {
  const state = useSession();
  if (!hasSessions) {
    return (
      <NoPage title="Sign-in is not available on this server">
        A node has no users. It serves everyone who can reach it.
      </NoPage>
    );
  }
  return (
    <div className="narrow">
      <h1>{state.kind === "signedIn" ? "Signed in" : "Sign in"}</h1>
      {state.kind === "asking" && <Loading what="Checking access" />}
      {state.kind === "unreachable" && (
        <p className="state" role="status">
          The service is not responding yet. The console retries automatically.
        </p>
      )}
      {state.kind !== "signedIn" && <LoginRefused />}
      {state.kind === "ended" && <SessionEnded code={state.code} />}
      {state.kind === "signedIn" ? (
        <SignedIn principal={state.principal} />
      ) : (
        "ways" in state && <Ways ways={state.ways} />
      )}
    </div>
  );
}

function Ways({ ways }: { readonly ways: readonly Way[] }) {
  return (
    <>
      {origin.isDevelopment && <DevelopmentWays />}
      <OpenIdWays
        issuers={ways.filter((way) => way.startsWith("openId")).map((way) => way.slice("openId/".length))}
      />
      {ways.includes("password") && <PasswordForm />}
      {ways.includes("apiKey") && <KeyForm />}
    </>
  );
}

function OpenIdWays({ issuers }: { readonly issuers: readonly string[] }) {
  if (issuers.length === 0) return null;
  return (
    <Card title="With your organisation's account">
      <p>The identity provider signs you in and returns you to the console.</p>
      <div className="buttons">
        {issuers.map((name) => (
          <a
            key={name}
            className="button primary"
            href={name === "" ? `${AUTH_API}/login` : `${AUTH_API}/login/${name}`}
          >
            Continue to {name === "" ? "the identity provider" : name}
          </a>
        ))}
      </div>
    </Card>
  );
}

function DevelopmentWays() {
  const signing = useMutation({ mutationFn: (as: "admin" | "customer") => session.signInAs(as) });
  return (
    <Card title="On this devnet">
      <p>Test data only. Choose a role.</p>
      <div className="buttons">
        <button
          type="button"
          className="primary"
          disabled={signing.isPending}
          onClick={() => signing.mutate("admin")}
        >
          Sign in as custodian admin
        </button>
        <button type="button" disabled={signing.isPending} onClick={() => signing.mutate("customer")}>
          Sign in as customer
        </button>
      </div>
      <ProblemText error={signing.error} />
    </Card>
  );
}

function PasswordForm() {
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const open = useOpenStart();
  const signing = useMutation({
    mutationFn: () => session.signInWithPassword(user.trim(), password),
    onSuccess() {
      setPassword("");
      open();
    },
  });
  const wrongUser = user.trim() === "" ? "Enter your user name." : undefined;
  const wrongPassword = password === "" ? "Enter your password." : undefined;
  return (
    <Card title="With a password">
      <Form
        label="Sign in with a password"
        isValid={wrongUser === undefined && wrongPassword === undefined}
        isSending={signing.isPending}
        onSubmit={() => signing.mutate()}
        action="Sign in"
      >
        <Field label="User name" hint="As in your organisation's directory." wrong={wrongUser}>
          {(control) => (
            <input
              {...control}
              autoComplete="username"
              maxLength={256}
              value={user}
              onChange={({ target }) => setUser(target.value)}
            />
          )}
        </Field>
        <Field label="Password" wrong={wrongPassword}>
          {(control) => (
            <input
              {...control}
              type="password"
              autoComplete="current-password"
              maxLength={512}
              value={password}
              onChange={({ target }) => setPassword(target.value)}
            />
          )}
        </Field>
      </Form>
      <ProblemText error={signing.error} />
    </Card>
  );
}

function useOpenStart(): () => void {
  const navigate = useNavigate();
  return () => void navigate({ to: hosts("reserves") ? "/reserves" : "/" });
}

function KeyForm() {
  const [apiKey, setApiKey] = useState("");
  const open = useOpenStart();
  const signing = useMutation({
    mutationFn: () => session.signIn(apiKey),
    onSuccess() {
      setApiKey("");
      open();
    },
  });
  const wrong = apiKey.trim() === "" ? "Enter an API key." : undefined;
  return (
    <Card title="With an API key">
      <Form
        label="Sign in with an API key"
        isValid={wrong === undefined}
        isSending={signing.isPending}
        onSubmit={() => signing.mutate()}
        action="Sign in"
      >
        <Field
          label="API key"
          hint="Starts with trk_. The page does not store the key. The session uses a cookie that scripts cannot read."
          wrong={wrong}
        >
          {(control) => (
            <input
              {...control}
              type="password"
              autoComplete="off"
              maxLength={512}
              value={apiKey}
              onChange={({ target }) => setApiKey(target.value)}
            />
          )}
        </Field>
      </Form>
      <ProblemText error={signing.error} />
    </Card>
  );
}

function SignedIn({ principal }: { readonly principal: Principal }) {
  const { role, customerId } = principal;
  const leaving = useMutation({ mutationFn: () => session.signOut() });
  const swapping = useMutation({ mutationFn: (as: "admin" | "customer") => session.signInAs(as) });
  const other = role === "customer" ? "admin" : "customer";
  // One change at a time: the later response would decide the session.
  const isChanging = leaving.isPending || swapping.isPending;
  return (
    <Card
      title={
        customerId !== null
          ? "Signed in as customer"
          : hosts("reserves")
            ? "Signed in as custodian staff"
            : "Signed in to arbitrage"
      }
    >
      <PrincipalFacts {...principal} />
      <div className="buttons">
        <button type="button" disabled={isChanging} onClick={() => leaving.mutate()}>
          Sign out
        </button>
        {origin.isDevelopment && (
          <button type="button" disabled={isChanging} onClick={() => swapping.mutate(other)}>
            {other === "admin" ? "Switch to custodian admin" : "Switch to customer"}
          </button>
        )}
      </div>
      <ProblemText error={leaving.error ?? swapping.error} />
    </Card>
  );
}
