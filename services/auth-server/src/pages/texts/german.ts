/** German. */
import type { Problem, Texts } from '../texts.ts'

const startAgain = 'Gehen Sie zurück zu Ihrer App und verbinden Sie sie erneut.'
const developer = 'Die App muss berichtigt werden; das kann ihr Entwickler.'
const notYou = `Wenn Sie das nicht selbst begonnen haben, schließen Sie diese Seite. Sonst: ${startAgain}`
const usedAlready: Problem = {
  title: 'Diese Anmeldung wurde schon benutzt',
  happened: 'Die Seite wurde neu geladen oder über „Zurück“ erreicht. Jede Anmeldung gilt einmal.',
  mend: `Wenn Ihre App verbunden ist, können Sie diese Seite schließen. Sonst: ${startAgain}`,
}

export const german: Texts = {
  lang: 'de',
  consent: {
    title: (client, service) => `Darf ${client} den Dienst ${service} benutzen?`,
    unnamed: 'Eine App ohne Namen',
    unverified: 'Ungeprüfte App',
    unverifiedNote: 'Die App hat ihren Namen selbst gewählt. Niemand hat geprüft, von wem sie stammt.',
    verified: 'Bekannte App',
    verifiedHost: (host) => `Bestätigt: ${host}`,
    returnsTo: 'Schickt Sie zurück zu',
    service: 'Dienst',
    account: 'Ihr Konto',
    loopback: 'eine App auf diesem Rechner',
    local: 'eine App auf diesem Gerät',
    warnLocalTitle: 'Haben Sie das gerade selbst begonnen?',
    warnLocal:
      'Die Antwort geht an ein Programm auf Ihrem eigenen Gerät. Fahren Sie nur fort, wenn Sie dieses Programm eben selbst verbunden haben.',
    scopes: (client) => `Was ${client} darf`,
    noScopes: 'Den Dienst in Ihrem Namen benutzen',
    scope: {
      openid: 'Wissen, wer Sie sind, anhand der Kennung Ihres Kontos',
      profile: 'Ihren Namen und Ihr Bild sehen',
      email: 'Ihre E-Mail-Adresse sehen',
      offline_access: 'Verbunden bleiben, während Sie nicht da sind',
    },
    serviceScope: (service) => `In ${service}:`,
    deny: 'Ablehnen',
    approve: 'Erlauben',
    approveOther: 'Mit einem anderen Konto erlauben',
    next: 'Auf der nächsten Seite melden Sie sich an. Die App sieht Ihr Passwort nie.',
    nextSignedIn: 'Sie können das jederzeit in Ihrem Konto zurücknehmen.',
  },
  hop: {
    toProvider: (provider) => `Weiter zu ${provider}`,
    toProviderNote: 'Sie werden zur Anmeldung gebracht.',
    toClient: (client) => `Zurück zu ${client}`,
    toClientDenied: 'Sie haben abgelehnt, und nichts wurde weitergegeben. Sie werden zurückgebracht.',
    toClientAllowed: 'Sie haben es erlaubt. Sie werden zurückgebracht.',
    signedOut: 'Sie sind hier abgemeldet',
    signedOutNote: 'Nun wird auch der Anmeldedienst gebeten, Sie abzumelden.',
    link: 'Weiter',
    hint: 'Wenn nichts geschieht, benutzen Sie die Schaltfläche.',
  },
  account: {
    title: 'Ihr Konto',
    signedOut: 'Sehen Sie, welche Apps Sie verbunden haben, und trennen Sie sie.',
    signIn: 'Anmelden',
    signOut: 'Abmelden',
    apps: 'Verbundene Apps',
    noApps: 'Keine App ist verbunden.',
    unknownClient: 'Eine App, die nicht mehr registriert ist',
    unknownService: 'einen Dienst, den es nicht mehr gibt',
    uses: (service) => `benutzt ${service}`,
    connections: (count) => `${count} Verbindungen`,
    since: 'Verbunden',
    lastUsed: 'Zuletzt erneuert',
    disconnect: 'Trennen',
    disconnectApp: (client) => `${client} trennen`,
    disconnectAll: 'Alle Apps trennen',
    sessions: 'Wo Sie angemeldet sind',
    unknownBrowser: 'Ein Browser',
    thisBrowser: 'dieser Browser',
    signedInAt: 'Angemeldet',
    active: 'zuletzt gesehen',
    end: 'Dort abmelden',
    endOthers: 'Überall sonst abmelden',
  },
  problem: {
    retry: 'Noch einmal versuchen',
    another: 'Anderes Konto benutzen',
    back: 'Zurück zur App',
    account: 'Ihr Konto',
    contact: 'Wer helfen kann:',
    requestId: 'Kennung der Anfrage',
  },
  problems: {
    client_id_missing: {
      title: 'Die App hat nicht gesagt, wer sie ist',
      happened: 'Der Link, der Sie hierher gebracht hat, nennt keine App (client_id).',
      mend: developer,
    },
    client_id_repeated: {
      title: 'Die App hat nicht gesagt, wer sie ist',
      happened: 'Der Link, der Sie hierher gebracht hat, nennt mehr als eine App (client_id).',
      mend: developer,
    },
    client_not_found: {
      title: 'Diese App ist hier nicht bekannt',
      happened:
        'Die App, die Sie geschickt hat, ist nicht oder nicht mehr registriert: unbenutzte Registrierungen verfallen.',
      mend: 'Entfernen Sie die Verbindung in Ihrer App und fügen Sie sie neu hinzu, damit sie sich neu registriert.',
    },
    metadata_document_denied: {
      title: 'Diese App ist hier nicht zugelassen',
      happened: 'Der Betreiber dieses Gateways nimmt keine Apps von dem Ort an, den diese App als ihren eigenen nennt.',
      mend: 'Der Betreiber dieses Gateways kann sie zulassen.',
    },
    metadata_document_invalid: {
      title: 'Die Beschreibung der App ist unbrauchbar',
      happened: 'Das Dokument, in dem diese App sich beschreibt, fehlt oder enthält etwas Unzulässiges.',
      mend: developer,
    },
    metadata_document_unreachable: {
      title: 'Die Beschreibung der App ist nicht lesbar',
      happened: 'Der Ort, an dem diese App sich beschreibt, antwortet im Augenblick nicht.',
      mend: 'Versuchen Sie es in einigen Minuten noch einmal. Wenn es so bleibt, kann der Entwickler der App helfen.',
    },
    redirect_uri_missing: {
      title: 'Die App hat nicht gesagt, wohin Sie zurück sollen',
      happened: 'Der Link, der Sie hierher gebracht hat, hat keine Rücksprungadresse (redirect_uri).',
      mend: developer,
    },
    redirect_uri_repeated: {
      title: 'Die App hat nicht gesagt, wohin Sie zurück sollen',
      happened: 'Der Link, der Sie hierher gebracht hat, hat mehr als eine Rücksprungadresse (redirect_uri).',
      mend: developer,
    },
    redirect_uri_unregistered: {
      title: 'Die Rücksprungadresse gehört nicht der App',
      happened:
        'Der Link, der Sie hierher gebracht hat, will Sie an eine Adresse schicken, die diese App nie registriert hat. Sie wurden nicht dorthin geschickt.',
      mend: 'Wenn Sie das nicht selbst begonnen haben, schließen Sie diese Seite. Sonst entfernen Sie die Verbindung in Ihrer App und fügen sie neu hinzu.',
    },
    pushed_request_invalid: {
      title: 'Dieser Link ist zu alt',
      happened: 'Die Anfrage, die Ihre App vorbereitet hat, wurde schon benutzt oder nicht rechtzeitig benutzt.',
      mend: startAgain,
    },
    request_malformed: {
      title: 'Diese Anfrage ist nicht lesbar',
      happened: 'Was Ihr Browser geschickt hat, ist unvollständig oder zu groß.',
      mend: startAgain,
    },
    too_many_requests: {
      title: 'Zu viele Versuche',
      happened: 'Aus Ihrem Netz kam in kurzer Zeit mehr, als dieses Gateway beantwortet.',
      mend: 'Warten Sie eine Minute und versuchen Sie es dann noch einmal.',
    },
    cross_site: {
      title: 'Das kam von einer anderen Website',
      happened: 'Ihre Antwort wurde von einer Seite geschickt, die nicht unsere ist; sie zählt daher nicht.',
      mend: notYou,
    },
    envelope_invalid: {
      title: 'Diese Seite ist zu alt',
      happened: 'Sie war länger als zehn Minuten offen, oder sie wurde in einem anderen Browser geöffnet.',
      mend: startAgain,
    },
    account_form_invalid: {
      title: 'Diese Seite ist zu alt',
      happened: 'Sie haben sich an- oder abgemeldet, seit sie geöffnet wurde; nichts wurde geändert.',
      mend: 'Öffnen Sie Ihr Konto neu und wiederholen Sie, was Sie tun wollten.',
    },
    decision_missing: {
      title: 'Weder Ja noch Nein',
      happened: 'Ihr Browser hat nicht mitgeschickt, welche Schaltfläche Sie gewählt haben.',
      mend: 'Gehen Sie zurück und wählen Sie noch einmal.',
    },
    login_unbound: {
      title: 'Diese Anmeldung wurde nicht in diesem Browser begonnen',
      happened:
        'In diesem Browser hat niemand etwas erlaubt, wozu diese Anmeldung gehören könnte, oder sie hat länger als zehn Minuten gedauert. Wenn Ihnen jemand diesen Link geschickt hat, ist er vielleicht auf Ihr Konto aus.',
      mend: notYou,
    },
    login_invalid: {
      title: 'Diese Anmeldung hat zu lange gedauert',
      happened: 'Sie wurde vor mehr als zehn Minuten begonnen und wird nicht mehr angenommen.',
      mend: startAgain,
    },
    login_repeated: usedAlready,
    authorization_repeated: usedAlready,
    login_failed: {
      title: 'Die Anmeldung hat nicht geklappt',
      happened: 'Die Antwort des Anmeldedienstes konnte nicht angenommen werden.',
      mend: 'Versuchen Sie es noch einmal. Wenn es wieder geschieht, findet der Betreiber dieses Gateways den Grund mit der Kennung unten.',
    },
    login_denied: {
      title: 'Sie haben sich nicht angemeldet',
      happened: 'Der Anmeldedienst sagt, dass die Anmeldung abgebrochen wurde.',
      mend: 'Nichts wurde geändert. Sie können sich anmelden, wann Sie möchten.',
    },
    user_denied: {
      title: 'Sie haben keinen Zugang',
      happened: 'Sie sind angemeldet, aber Ihr Konto gehört nicht zu denen, die diesen Dienst benutzen dürfen.',
      mend: 'Der Betreiber dieses Gateways kann Sie zulassen. Sie können auch ein anderes Konto benutzen.',
    },
    user_blocked: {
      title: 'Ihr Konto ist gesperrt',
      happened: 'Der Betreiber dieses Gateways hat Ihr Konto gesperrt.',
      mend: 'Nur der Betreiber kann die Sperre aufheben.',
    },
    unavailable: {
      title: 'Etwas antwortet nicht',
      happened: 'Ein Teil dieses Gateways ist im Augenblick nicht erreichbar. Nichts ging verloren.',
      mend: 'Versuchen Sie es in einigen Sekunden noch einmal. Wenn es so bleibt, kann der Betreiber dieses Gateways helfen.',
    },
    provider_unavailable: {
      title: 'Der Anmeldedienst antwortet nicht',
      happened: 'Dieses Gateway arbeitet, aber der Dienst, bei dem Sie sich anmelden, antwortet im Augenblick nicht.',
      mend: 'Versuchen Sie es in einigen Sekunden noch einmal. Wenn es so bleibt, kann der Betreiber des Anmeldedienstes helfen.',
    },
    unexpected: {
      title: 'Etwas ist schiefgegangen',
      happened: 'Dieses Gateway ist in einen Zustand geraten, für den es nicht gemacht ist.',
      mend: 'Versuchen Sie es noch einmal. Wenn es wieder geschieht, findet der Betreiber dieses Gateways den Grund mit der Kennung unten.',
    },
  },
}
