package web

import (
	"net/http"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// A route says who answers for a path.
type route struct {
	method, path string
	handle       func(*visit) error
}

// routes is every page there is. Paths are permanent.
func (s *Server) routes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/", home},
		{get, "/entraide", list},
		{get, "/entraide.atom", feed},
		{get, "/tags/{tag}", tag},
		{get, templates.DirectoryPath, directory},

		{get, "/publier", choose},
		{get, "/publier/annonce", newOffer},
		{post, "/publier/annonce", writeOffer},

		{get, "/publier/sondage", newQuestion},
		{post, "/publier/sondage", writeQuestion},
		{get, "/sondages", questions},

		{get, "/p/{id}", showPost},
		{post, "/p/{id}/vote", vote},
		{get, "/p/{id}/modifier", editPost},
		{post, "/p/{id}/modifier", savePost},
		{post, "/p/{id}/etat", setState},
		{post, "/p/{id}/epingle", pin},
		{get, "/p/{id}/supprimer", askDelete},
		{post, "/p/{id}/supprimer", deletePost},
		{post, "/p/{id}/repondre", reply},
		{post, "/citations/{id}/retirer", revokeQuote},
		{get, "/p/{id}/signaler", askReportPost},
		{post, "/p/{id}/signaler", reportPost},

		{get, "/@{acct}", profile},
		{post, "/@{acct}/suivi", follow},
		{post, "/@{acct}/demande", answerFollow},
		{post, "/@{acct}/blocage", block},
		{get, "/@{acct}/signaler", askReportAccount},
		{post, "/@{acct}/signaler", reportAccount},
		{get, "/@{acct}/suspendre", askSuspend},
		{post, "/@{acct}/suspendre", suspend},

		{get, templates.TeamPath, teamwork},
		{get, "/equipe/signalements", reports},
		{post, "/equipe/signalements/{id}/classer", closeReport},
		{get, "/equipe/demandes", submissions},
		{post, "/equipe/demandes/{id}/admettre", admit},
		{post, "/equipe/demandes/{id}/refuser", refuse},
		{get, templates.ApplicantsPath, applicants},
		{post, templates.ApplicantsPath, setSignup},
		{post, templates.ApplicantsPath + "/{id}/accueillir", admitApplicant},
		{post, templates.ApplicantsPath + "/{id}/refuser", refuseApplicant},
		{get, templates.InvitationsPath, invitations},
		{post, templates.InvitationsPath, invite},
		{post, templates.InvitationsPath + "/{id}/terminer", endInvitation},
		{get, templates.TeamCharterPath, editCharter},
		{post, templates.TeamCharterPath, writeCharter},
		{get, "/equipe/domaines", domains},
		{post, "/equipe/domaines", ruleDomain},
		{post, "/equipe/domaines/lever", unruleDomain},
		{post, "/equipe/domaines/import", importDomains},
		{get, "/equipe/domaines.csv", exportDomains},
		{get, "/equipe/domaines-admis.csv", exportAllowed},
		{post, "/equipe/listes", followList},
		{post, "/equipe/listes/{id}/lire", readList},
		{post, "/equipe/listes/{id}/quitter", leaveList},
		{get, "/equipe/reseau", network},
		{post, "/equipe/reseau", setFederation},
		{post, "/equipe/voisins", answerPartner},
		{post, "/equipe/relais", addRelay},
		{post, "/equipe/relais/{id}/quitter", leaveRelay},
		{get, "/equipe/serveurs", peers},
		{post, "/equipe/serveurs/essayer", retryPeer},

		{get, "/connexion", askSignIn},
		{post, "/connexion", signIn},
		{post, "/connexion/cle/defi", askPasskey},
		{post, "/connexion/cle", enterByPasskey},
		{post, "/deconnexion", signOut},
		{get, "/connexion/oubli", askForLink},
		{post, "/connexion/identite/{id}", askIdentity},
		{get, parvis.IdentityReturnPath, answerIdentity},
		{get, parvis.SignOutReturnPath, signedOutThere},
		{post, "/connexion/oubli", sendLink},
		{get, "/connexion/lien", openLink},
		{post, "/connexion/lien", enterByLink},
		{get, "/connexion/code", askCode},
		{post, "/connexion/code", enterByCode},
		{get, "/inscription", askJoin},
		{post, "/inscription", join},
		{get, "/inscription/confirmer", openConfirmation},
		{post, "/inscription/confirmer", confirm},

		{get, templates.MePath, me},
		{get, "/moi/fil", timeline},
		{get, app.DraftsPath, drafts},
		{get, app.DraftsPath + "/{id}", draft},
		{post, app.DraftsPath + "/{id}", completeDraft},
		{post, app.DraftsPath + "/{id}/jeter", discardDraft},
		{get, templates.SettingsPath, settings},
		{get, "/moi/profil", editProfile},
		{post, "/moi/profil", saveProfile},
		{get, templates.NewsPath, news},
		{post, templates.NewsPath, saveNews},
		{get, templates.AccessPath, access},
		{post, "/moi/mot-de-passe", setPassword},
		{post, "/moi/compte/courriel", changeEmail},
		{get, "/moi/compte/adresse", openNewEmail},
		{post, "/moi/compte/adresse", confirmNewEmail},
		{post, "/moi/compte/navigateurs", endSession},
		{get, templates.FactorPath, setUpFactor},
		{post, templates.FactorPath, addFactor},
		{post, templates.FactorPath + "/secours", renewRecoveryCodes},
		{post, templates.FactorPath + "/retirer", dropFactor},
		{post, "/moi/compte/services/delier", unlink},
		{post, "/moi/compte/cles/defi", askNewPasskey},
		{post, "/moi/compte/cles", addPasskey},
		{post, "/moi/compte/cles/retirer", removePasskey},
		{get, "/moi/abonnements", following},
		{post, "/moi/abonnements", findPerson},
		{get, "/moi/blocages", blocks},
		{get, "/moi/demenagement", moving},
		{post, "/moi/demenagement", moveAway},
		{post, "/moi/demenagement/annuler", stayHere},
		{post, "/moi/demenagement/adresses", addAlias},
		{post, "/moi/demenagement/import", importAccounts},
		{get, "/moi/abonnements.csv", exportFollows},
		{get, "/moi/blocages.csv", exportBlocks},
		{post, "/moi/demenagement/adresses/retirer", removeAlias},

		{get, "/suivre", askHandle},
		{post, "/suivre", leave},
		{get, "/authorize_interaction", arrive},

		{get, "/media/{key:.+}", serveMedia},
		{post, "/langue", setLanguage},
		{get, templates.RulesPath, rules},
		{get, templates.CharterPath, askCharter},
		{post, templates.CharterPath, acceptCharter},
		{get, "/donnees", privacy},
		{get, "/accessibilite", accessibility},
	}
}
