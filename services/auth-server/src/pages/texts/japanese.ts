/** Japanese. */
import type { Problem, Texts } from '../texts.ts'

const startAgain = 'アプリに戻り、もう一度接続してください。'
const developer = 'アプリの修正が必要です。アプリの開発者が対応できます。'
const notYou = `ご自身で始めた操作でなければ、このページを閉じてください。それ以外の場合は、${startAgain}`
const usedAlready: Problem = {
  title: 'このサインインはすでに使用されています',
  happened: 'ページが再読み込みされたか、「戻る」ボタンで表示されました。サインインは一度だけ有効です。',
  mend: `アプリが接続済みであれば、このページを閉じてかまいません。それ以外の場合は、${startAgain}`,
}

export const japanese: Texts = {
  lang: 'ja',
  consent: {
    title: (client, service) => `${client} に ${service} の利用を許可しますか？`,
    unnamed: '名前のないアプリ',
    unverified: '未確認のアプリ',
    unverifiedNote: '名前はアプリ自身が付けたものです。作成者は確認されていません。',
    verified: '確認済みのアプリ',
    verifiedHost: (host) => `確認済み: ${host}`,
    returnsTo: '戻り先',
    service: 'サービス',
    account: 'アカウント',
    loopback: 'このコンピューター上のアプリ',
    local: 'このデバイス上のアプリ',
    warnLocalTitle: 'ご自身で今始めた操作ですか？',
    warnLocal:
      '応答はお使いのデバイス上のプログラムに送られます。そのプログラムをご自身で接続した場合にのみ続けてください。',
    scopes: (client) => `${client} に許可する内容`,
    noScopes: 'あなたの代わりにサービスを利用する',
    scope: {
      openid: 'アカウントの ID であなたを識別する',
      profile: '名前と写真を見る',
      email: 'メールアドレスを見る',
      offline_access: '不在の間も接続を維持する',
    },
    serviceScope: (service) => `${service} での権限:`,
    deny: '拒否',
    approve: '許可',
    approveOther: '別のアカウントで許可',
    next: '次のページでサインインします。アプリにパスワードが渡ることはありません。',
    nextSignedIn: 'この許可はアカウントのページでいつでも取り消せます。',
  },
  hop: {
    toProvider: (provider) => `${provider} に進みます`,
    toProviderNote: 'サインインのページに移動します。',
    toClient: (client) => `${client} に戻ります`,
    toClientDenied: '拒否しました。何も共有されていません。アプリに戻ります。',
    toClientAllowed: '許可しました。アプリに戻ります。',
    signedOut: 'サインアウトしました',
    signedOutNote: '続いて、ID プロバイダーからもサインアウトします。',
    link: '続ける',
    hint: '何も起こらない場合は、ボタンを押してください。',
  },
  account: {
    title: 'アカウント',
    signedOut: '接続しているアプリを確認し、接続を解除できます。',
    signIn: 'サインイン',
    signOut: 'サインアウト',
    apps: '接続中のアプリ',
    noApps: '接続中のアプリはありません。',
    unknownClient: '登録が残っていないアプリ',
    unknownService: '現在は存在しないサービス',
    uses: (service) => `${service} を利用`,
    connections: (count) => `接続数 ${count}`,
    since: '接続日時',
    lastUsed: '最終更新',
    disconnect: '接続を解除',
    disconnectApp: (client) => `${client} の接続を解除`,
    disconnectAll: 'すべてのアプリの接続を解除',
    sessions: 'サインイン中のブラウザー',
    unknownBrowser: 'ブラウザー',
    thisBrowser: 'このブラウザー',
    signedInAt: 'サインイン日時',
    active: '最終利用',
    end: 'サインアウトさせる',
    endOthers: 'ほかのすべてのブラウザーでサインアウト',
  },
  problem: {
    retry: 'もう一度試す',
    another: '別のアカウントを使う',
    back: 'アプリに戻る',
    account: 'アカウント',
    contact: '問い合わせ先:',
    requestId: 'リクエスト ID',
  },
  problems: {
    client_id_missing: {
      title: 'アプリが名乗っていません',
      happened: 'ここに来たリンクにアプリの指定（client_id）がありません。',
      mend: developer,
    },
    client_id_repeated: {
      title: 'アプリが名乗っていません',
      happened: 'ここに来たリンクにアプリの指定（client_id）が複数あります。',
      mend: developer,
    },
    client_not_found: {
      title: 'このアプリは登録されていません',
      happened: 'リンク元のアプリは登録されていないか、登録が失効しています。使われない登録は失効します。',
      mend: 'アプリで接続を削除し、もう一度追加してください。新しく登録されます。',
    },
    metadata_document_denied: {
      title: 'このアプリは許可されていません',
      happened: 'このゲートウェイの運営者は、このアプリが示す提供元のアプリを受け入れていません。',
      mend: 'このゲートウェイの運営者が許可できます。',
    },
    metadata_document_invalid: {
      title: 'アプリの説明文書が使えません',
      happened: 'アプリの説明文書がないか、受け入れられない内容が含まれています。',
      mend: developer,
    },
    metadata_document_unreachable: {
      title: 'アプリの説明文書を読めません',
      happened: 'アプリの説明文書がある場所が、現在応答していません。',
      mend: '数分後にもう一度お試しください。続く場合は、アプリの開発者にお問い合わせください。',
    },
    redirect_uri_missing: {
      title: 'アプリが戻り先を指定していません',
      happened: 'ここに来たリンクに戻り先（redirect_uri）がありません。',
      mend: developer,
    },
    redirect_uri_repeated: {
      title: 'アプリが戻り先を指定していません',
      happened: 'ここに来たリンクに戻り先（redirect_uri）が複数あります。',
      mend: developer,
    },
    redirect_uri_unregistered: {
      title: '戻り先がアプリのものではありません',
      happened: 'ここに来たリンクは、アプリが登録していない戻り先を指定しています。そこへは移動していません。',
      mend: 'ご自身で始めた操作でなければ、このページを閉じてください。それ以外の場合は、アプリで接続を削除し、もう一度追加してください。',
    },
    pushed_request_invalid: {
      title: 'このリンクは古くなっています',
      happened: 'アプリが用意したリクエストは、すでに使用されたか、期限が切れています。',
      mend: startAgain,
    },
    request_malformed: {
      title: 'リクエストを読み取れません',
      happened: 'ブラウザーが送った内容が不完全か、大きすぎます。',
      mend: startAgain,
    },
    too_many_requests: {
      title: '試行回数が多すぎます',
      happened: 'お使いのネットワークから、短時間に上限を超えるリクエストがありました。',
      mend: '1 分ほど待ってから、もう一度お試しください。',
    },
    cross_site: {
      title: '別のサイトから送られました',
      happened: '回答がこのサイト以外のページから送られたため、無効です。',
      mend: notYou,
    },
    envelope_invalid: {
      title: 'このページは古くなっています',
      happened: '10 分以上開いたままになっていたか、別のブラウザーで開かれました。',
      mend: startAgain,
    },
    account_form_invalid: {
      title: 'このページは古くなっています',
      happened: 'ページを開いた後にサインインまたはサインアウトしたため、何も変更されていません。',
      mend: 'アカウントのページを開き直し、もう一度操作してください。',
    },
    decision_missing: {
      title: '許可も拒否も選ばれていません',
      happened: 'どのボタンが押されたかをブラウザーが送りませんでした。',
      mend: '前のページに戻り、もう一度選んでください。',
    },
    login_unbound: {
      title: 'このブラウザーで始めたサインインではありません',
      happened:
        'このブラウザーには、このサインインに対応する許可がないか、開始から 10 分以上たっています。このリンクを誰かから受け取った場合、アカウントが狙われている可能性があります。',
      mend: notYou,
    },
    login_invalid: {
      title: 'サインインに時間がかかりすぎました',
      happened: '開始から 10 分以上たったため、受け付けられません。',
      mend: startAgain,
    },
    login_repeated: usedAlready,
    authorization_repeated: usedAlready,
    login_failed: {
      title: 'サインインできませんでした',
      happened: 'ID プロバイダーの応答を受け入れられませんでした。',
      mend: 'もう一度お試しください。繰り返す場合は、このゲートウェイの運営者が下のリクエスト ID から原因を調べられます。',
    },
    login_denied: {
      title: 'サインインしていません',
      happened: 'ID プロバイダーによると、サインインは取り消されました。',
      mend: '何も変更されていません。いつでもサインインできます。',
    },
    user_denied: {
      title: 'アクセス権がありません',
      happened: 'サインインしていますが、お使いのアカウントはこのサービスを利用できるアカウントに含まれていません。',
      mend: 'このゲートウェイの運営者が許可できます。別のアカウントを使うこともできます。',
    },
    user_blocked: {
      title: 'アカウントが停止されています',
      happened: 'このゲートウェイの運営者がアカウントを停止しました。',
      mend: '停止を解除できるのは運営者だけです。',
    },
    unavailable: {
      title: '応答していない部分があります',
      happened: 'このゲートウェイの一部が現在停止しています。失われたものはありません。',
      mend: '数秒後にもう一度お試しください。続く場合は、このゲートウェイの運営者にお問い合わせください。',
    },
    provider_unavailable: {
      title: 'ID プロバイダーが応答していません',
      happened: 'このゲートウェイは動作していますが、サインイン先のサービスが現在応答していません。',
      mend: '数秒後にもう一度お試しください。続く場合は、ID プロバイダーの運営者にお問い合わせください。',
    },
    unexpected: {
      title: '問題が発生しました',
      happened: 'このゲートウェイで想定外の状態が発生しました。',
      mend: 'もう一度お試しください。繰り返す場合は、このゲートウェイの運営者が下のリクエスト ID から原因を調べられます。',
    },
  },
}
