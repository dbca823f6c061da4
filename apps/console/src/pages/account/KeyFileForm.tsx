import { useMutation } from "@tanstack/react-query";
import { isTrellisError } from "@trellis/base";
import { useState } from "react";
import { FileField, Form, PasswordField } from "../../ui/Form.tsx";
import { type OpenedKey, openKeyFile } from "./keyFiles.ts";
import { Progress } from "./Progress.tsx";

export function KeyFileForm({
  label,
  fileLabel,
  action,
  busy,
  isDangerous = false,
  onOpened,
}: {
  readonly label: string;
  readonly fileLabel: string;
  readonly action: string;
  readonly busy: string;
  readonly isDangerous?: boolean;
  readonly onOpened: (opened: OpenedKey) => unknown;
}) {
  const [file, setFile] = useState<File>();
  const [password, setPassword] = useState("");
  const [progress, setProgress] = useState(0);
  const open = useMutation<void, Error>({
    async mutationFn() {
      const opened = await openKeyFile(file!, password, setProgress);
      setPassword("");
      await onOpened(opened);
    },
  });
  return (
    <Form
      label={label}
      action={action}
      busy={busy}
      isDangerous={isDangerous}
      isValid={file !== undefined && password !== ""}
      isSending={open.isPending}
      onSubmit={() => open.mutate()}
    >
      <FileField
        label={fileLabel}
        onChange={setFile}
        wrong={file === undefined ? "Choose a key file." : undefined}
      />
      <PasswordField
        label="Password"
        value={password}
        onChange={setPassword}
        wrong={password === "" ? "Enter the password of the file." : undefined}
      />
      <Progress isShown={open.isPending} value={progress} label="Decrypting" />
      {open.error !== null && (
        <p className="outcome bad" role="alert">
          {sentenceOf(open.error)}
        </p>
      )}
    </Form>
  );
}

export function sentenceOf(error: Error): string {
  if (!isTrellisError(error)) return error.message;
  const { reason } = error.facts;
  return `${error.message}${reason === undefined ? "" : ` (${reason})`}: ${error.hint}.`;
}
