/** Every word of the chat, in Dutch (level B1, u-form) and English. */

const nl = {
  code: "nl",
  other: "en",
  switchLabel: "EN",
  switchName: "English",
  title: "Stel uw vraag",
  launcher: "Stel uw vraag",
  unread: (count) => (count === 1 ? "1 nieuw bericht" : `${count} nieuwe berichten`),
  close: "Chat sluiten",
  log: "Gesprek",
  assistant: "Digitale assistent",
  employee: "Medewerker",
  greeting: (city) =>
    `Hallo. Ik ben ${city ? `de digitale assistent van ${city}` : "de digitale assistent"}. ` +
    "Ik ben een computer, geen mens. Ik help u snel op weg. Een medewerker spreken kan altijd.",
  warning: "Stuur geen rijksregisternummer en geen bankgegevens.",
  owners: {
    bot: "U chat met een computer",
    queue: "U wacht op een medewerker",
    employee: "U chat met een medewerker",
    citizen: "Wij wachten op uw antwoord",
    closed: "Dit gesprek is afgerond",
  },
  number: "Uw nummer is",
  numberWhy: "Bewaar dit nummer.",
  you: "U",
  input: "Uw vraag",
  placeholder: "Typ uw vraag",
  send: "Stuur",
  human: "Spreek een medewerker",
  humanSaid: "Ik wil een medewerker spreken.",
  offlineTitle: "Geen verbinding.",
  offline: "We proberen het opnieuw.",
  offlineKept: "Uw bericht is bewaard.",
  offlineDraft: "U kunt gewoon verder typen.",
  phone: (number) => `Lukt het niet? Bel ${number}.`,
  online: "U bent weer verbonden.",
  typing: (name) => `${name} is aan het typen`,
  searching: "De digitale assistent zoekt een antwoord",
  status: {
    waiting: "Wacht op verbinding",
    sending: "Wordt verstuurd",
    sent: "Verstuurd",
    delivered: "Bezorgd",
    failed: "Niet verstuurd",
  },
  retry: "Opnieuw proberen",
  edit: "Aanpassen",
  choices: "Kies een antwoord",
  steps: "Wat moet u doen?",
  conditions: "Voorwaarden",
  evidence: "Wat brengt u mee?",
  objections: "Bezwaar",
  source: (title) => `Bron: ${title}`,
  changed: (date) => `gewijzigd ${date}`,
  left: (count) => `Nog ${count} ${count === 1 ? "teken" : "tekens"}`,
  near: "Uw bericht is bijna te lang.",
  tooLong: (count) => `${count} ${count === 1 ? "teken" : "tekens"} te lang. Maak uw bericht korter of stuur het in delen.`,
  reset: "Uw vorige gesprek is hier niet meer te zien. U begint een nieuw gesprek.",
  details: {
    title: "Hoe bereiken we u?",
    why: "Dan kunt u de chat sluiten. U krijgt ons antwoord per e-mail of telefoon. U mag alles leeg laten.",
    name: "Naam (mag u leeg laten)",
    email: "E-mailadres (mag u leeg laten)",
    phone: "Telefoonnummer (mag u leeg laten)",
    send: "Verstuur gegevens",
    skip: "Sla over",
    open: "Vul uw gegevens in",
    emailWrong: "Dit e-mailadres klopt niet. Schrijf het zo: naam@voorbeeld.be.",
    phoneWrong: "Dit telefoonnummer klopt niet. Schrijf het zo: 0470 12 34 56.",
    empty: "Vul een e-mailadres of telefoonnummer in. Wilt u dat niet? Kies dan Sla over.",
    said: "Mijn gegevens:",
  },
};

const en = {
  code: "en",
  other: "nl",
  switchLabel: "NL",
  switchName: "Nederlands",
  title: "Ask your question",
  launcher: "Ask your question",
  unread: (count) => (count === 1 ? "1 new message" : `${count} new messages`),
  close: "Close chat",
  log: "Conversation",
  assistant: "Digital assistant",
  employee: "Employee",
  greeting: (city) =>
    `Hello. I am the digital assistant${city ? ` of ${city}` : ""}. ` +
    "I am a computer, not a person. I help you on your way. You can always talk to an employee.",
  warning: "Do not send your national number or bank details.",
  owners: {
    bot: "You are chatting with a computer",
    queue: "You are waiting for an employee",
    employee: "You are chatting with an employee",
    citizen: "We are waiting for your answer",
    closed: "This conversation is finished",
  },
  number: "Your number is",
  numberWhy: "Keep this number.",
  you: "You",
  input: "Your question",
  placeholder: "Type your question",
  send: "Send",
  human: "Talk to an employee",
  humanSaid: "I want to talk to an employee.",
  offlineTitle: "No connection.",
  offline: "We are trying again.",
  offlineKept: "Your message is kept.",
  offlineDraft: "You can go on typing.",
  phone: (number) => `Does it not work? Call ${number}.`,
  online: "You are connected again.",
  typing: (name) => `${name} is typing`,
  searching: "The digital assistant is looking for an answer",
  status: {
    waiting: "Waiting for a connection",
    sending: "Sending",
    sent: "Sent",
    delivered: "Delivered",
    failed: "Not sent",
  },
  retry: "Try again",
  edit: "Change",
  choices: "Choose an answer",
  steps: "What do you have to do?",
  conditions: "Conditions",
  evidence: "What do you bring?",
  objections: "Objections",
  source: (title) => `Source: ${title}`,
  changed: (date) => `changed ${date}`,
  left: (count) => `${count} ${count === 1 ? "character" : "characters"} left`,
  near: "Your message is almost too long.",
  tooLong: (count) => `${count} ${count === 1 ? "character" : "characters"} too long. Make your message shorter or send it in parts.`,
  reset: "Your earlier conversation can no longer be shown here. You start a new one.",
  details: {
    title: "How can we reach you?",
    why: "Then you can close the chat. You get our answer by e-mail or phone. You may leave every field empty.",
    name: "Name (optional)",
    email: "E-mail address (optional)",
    phone: "Phone number (optional)",
    send: "Send details",
    skip: "Skip",
    open: "Fill in your details",
    emailWrong: "This e-mail address is not right. Write it like this: name@example.com.",
    phoneWrong: "This phone number is not right. Write it like this: 0470 12 34 56.",
    empty: "Fill in an e-mail address or a phone number. You do not want to? Choose Skip.",
    said: "My details:",
  },
};

export function wordsFor(tag) {
  return String(tag).toLowerCase().startsWith("en") ? en : nl;
}

/** A contact number in groups of four: 2604 8127. */
export function grouped(number) {
  return number.replace(/(.{4})(?=.)/g, "$1\u00a0");
}

/** Clock time in the city's zone; before today with its day. */
export function moment(iso, language, now, timeZone) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "";
  const say = (one, style) => one.toLocaleString(language, { ...style, timeZone });
  const time = say(date, { hour: "2-digit", minute: "2-digit" });
  const inFull = { dateStyle: "full" };
  return say(date, inFull) === say(now, inFull) ? time : `${say(date, { day: "numeric", month: "long" })}, ${time}`;
}

/** An ISO date in words; the year only when it is another. */
export function day(isoDate, language, now) {
  const [year, month, dayOfMonth] = isoDate.split("-").map(Number);
  const date = new Date(year, month - 1, dayOfMonth);
  if (Number.isNaN(date.getTime())) return isoDate;
  const style = { day: "numeric", month: "long" };
  if (year !== now.getFullYear()) style.year = "numeric";
  return date.toLocaleDateString(language, style);
}
