import {
  createContext,
  type FormEvent,
  type ReactNode,
  useContext,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";

interface Sent {
  /** Whether somebody tried to send what is not right: then fields say what is wrong with them. */
  readonly isTried: boolean;
  /** How often it was sent. A field that is emptied then is as new. */
  readonly count: number;
}

const NOT_SENT: Sent = { isTried: false, count: 0 };
export const Sent = createContext(NOT_SENT);

interface FormProps {
  readonly label: string;
  /** Whether all fields are right: else sending shows what is wrong and does nothing more. */
  readonly isValid: boolean;
  readonly isSending: boolean;
  readonly onSubmit: () => void;
  /** What the button says. */
  readonly action: string;
  /** What it does cannot be taken back. */
  readonly isDangerous?: boolean;
  readonly children?: ReactNode;
}

/** Fields and a button; all disabled while what was sent is on its way. */
export function Form({
  label,
  isValid,
  isSending,
  onSubmit,
  action,
  isDangerous = false,
  children,
}: FormProps) {
  const [sent, setSent] = useState(NOT_SENT);
  const form = useRef<HTMLFormElement>(null);
  // What is wrong is where one goes on; the button told that it was not sent.
  const [refusedCount, setRefusedCount] = useState(0);
  useEffect(() => {
    if (refusedCount > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [refusedCount]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setSent(({ count }) => ({ isTried: !isValid, count: isValid ? count + 1 : count }));
    if (!isValid) setRefusedCount(refusedCount + 1);
    else if (!isSending) onSubmit();
  };
  return (
    <form ref={form} className="form" aria-label={label} noValidate onSubmit={submit}>
      <fieldset disabled={isSending}>
        <Sent value={sent}>{children}</Sent>
        <button type="submit" className={isDangerous ? "danger" : "primary"}>
          {isSending ? "Sending…" : action}
        </button>
      </fieldset>
    </form>
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  /** Said when the field was left or the form was sent. */
  readonly wrong?: string | undefined;
}

/** What ties a control to its label, its hint and what is wrong with it. */
export function Field({
  label,
  hint,
  wrong,
  children,
}: FieldProps & {
  readonly children: (control: {
    readonly id: string;
    readonly "aria-describedby": string | undefined;
    readonly "aria-invalid": boolean;
    readonly onBlur: (event: { readonly relatedTarget: EventTarget | null }) => void;
  }) => ReactNode;
}) {
  const id = useId();
  const { isTried, count } = useContext(Sent);
  const [leftAtCount, setLeftAtCount] = useState<number>();
  const shown = isTried || leftAtCount === count ? wrong : undefined;
  // What is wrong stands where the hint stood: nothing moves under a pointer that is about to press.
  const said = shown ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        "aria-describedby": said === undefined ? undefined : `${id}-said`,
        "aria-invalid": shown !== undefined,
        onBlur({ relatedTarget }) {
          if (!isButton(relatedTarget)) setLeftAtCount(count);
        },
      })}
      <small id={`${id}-said`} className={shown === undefined ? "soft" : "wrong"}>
        {said}
      </small>
    </div>
  );
}

/** Who goes to a button sends, and is told then. */
function isButton(target: EventTarget | null): boolean {
  return target instanceof HTMLButtonElement;
}

interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly maxLength?: number;
  readonly unit?: string;
  readonly placeholder?: string;
  readonly inputMode?: "text" | "decimal" | "numeric";
  /** Several lines. */
  readonly isLong?: boolean;
}

export function TextField({
  value,
  onChange,
  unit,
  isLong = false,
  maxLength = 100,
  inputMode,
  placeholder,
  ...field
}: TextFieldProps) {
  return (
    <Field {...field}>
      {(control) => {
        const shared = {
          ...{ ...control, value, maxLength, placeholder, spellCheck: false, autoComplete: "off" },
          onChange: (event: { readonly target: { readonly value: string } }) => onChange(event.target.value),
        };
        if (isLong) return <textarea {...shared} rows={4} />;
        return (
          <span className="with-unit">
            <input {...shared} type="text" inputMode={inputMode} />
            {unit !== undefined && <span className="unit">{unit}</span>}
          </span>
        );
      }}
    </Field>
  );
}

interface SelectFieldProps<T extends string> extends FieldProps {
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly options: readonly (readonly [value: T, name: string])[];
}

export function SelectField<T extends string>({ value, onChange, options, ...field }: SelectFieldProps<T>) {
  return (
    <Field {...field}>
      {(control) => (
        <select {...control} value={value} onChange={({ target }) => onChange(target.value as T)}>
          {options.map(([option, name]) => (
            <option key={option} value={option}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
