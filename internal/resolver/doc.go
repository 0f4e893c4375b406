// SPDX-License-Identifier: Apache-2.0

// Package resolver answers which commits a revision ships: from memory, or it goes and asks. It joins what internal/image
// reads of an image with what internal/commits knows of a repository, and holds both to what a JiraSite lists.
//
//	Ask(Question, Asker) -> Answer                 never waits
//	     |
//	answers (LRU) ------------> known: that is the answer
//	     |  not known, or a failure whose time is over: one flight for each question
//	     v
//	queue.go      bounded in sum; what does not fit is Resolving, with RetryAfter
//	     |
//	lane.go       a lane for each entry of spec.commits.repositories and for each registry, 4 questions under way in each;
//	     |        namespaces take turns. A lane whose host is down answers its questions from memory for a while
//	     v
//	resolve.go    the steps of a question, each in the lane of the host that it asks:
//
//	     start ----> readImage ----> askRepository ----> askRepository, once more, where the commit is one of manifests
//	     no host     registry        Git server          and names the code's (Argo CD)
//
//	source.go     which repository and which commit, by what template, image, map and tag say
//	clients.go    a client for each entry, with the credential of its Secret (secrets.go) and no other
//	answer.go     Result -> Answer; errors.go: error -> Answer
//	     |
//	     v
//	the answer is kept, and every asker is woken
//
// # How long an answer holds
//
//	Resolved, NoSource, RepositoryNotListed   until the memory needs its room: another spec or image is another question;
//	                                          where the question names an image by its tag, 5 minutes: a tag moves
//	Unauthorized                              5 minutes, or until the Secret changes
//	the others                                as long as the server asks for, else 30 s, 1 min, 2 min, ... 1 h
//
// Nothing is asked again unless somebody asks again. Until the new answer is known, the old one stands.
package resolver
