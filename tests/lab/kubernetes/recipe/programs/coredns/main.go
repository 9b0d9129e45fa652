// SPDX-License-Identifier: GPL-3.0-or-later

// Stands in for CoreDNS in a test cluster: addresses of services and of the pods behind headless ones; every other
// name is asked of the name servers in /etc/resolv.conf. It has the ports that kubeadm's Deployment probes.
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
	core "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

const seconds = 30

type server struct {
	domain    string
	services  listers.ServiceLister
	endpoints listers.EndpointsLister
}

func main() {
	corefile := flag.String("conf", "/etc/coredns/Corefile", "the Corefile, for the cluster's domain")
	flag.Parse()
	var synced int32
	go listen(":8080", func() bool { return true })
	go listen(":8181", func() bool { return atomic.LoadInt32(&synced) == 1 })
	go listen(":9153", func() bool { return true })
	account, problem := rest.InClusterConfig()
	if problem != nil {
		log.Fatal(problem)
	}
	factory := informers.NewSharedInformerFactory(kubernetes.NewForConfigOrDie(account), 0)
	services, endpoints := factory.Core().V1().Services(), factory.Core().V1().Endpoints()
	answering := server{domain(*corefile), services.Lister(), endpoints.Lister()}
	ready := []cache.InformerSynced{services.Informer().HasSynced, endpoints.Informer().HasSynced}
	factory.Start(context.Background().Done())
	cache.WaitForCacheSync(context.Background().Done(), ready...)
	atomic.StoreInt32(&synced, 1)
	log.Print("stand-in for CoreDNS, serving ", answering.domain)
	for _, network := range []string{"udp", "tcp"} {
		go func(network string) {
			log.Fatal((&dns.Server{Addr: ":53", Net: network, Handler: answering}).ListenAndServe())
		}(network)
	}
	select {}
}

func listen(address string, well func() bool) {
	log.Fatal(http.ListenAndServe(address, http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		if !well() {
			answer.WriteHeader(http.StatusServiceUnavailable)
		}
	})))
}

func domain(corefile string) string {
	text, problem := os.ReadFile(corefile)
	if problem == nil {
		if found := regexp.MustCompile(`(?m)^\s*kubernetes\s+(\S+)`).FindSubmatch(text); found != nil {
			return dns.Fqdn(string(found[1]))
		}
	}
	return "cluster.local."
}

func (here server) ServeDNS(writer dns.ResponseWriter, question *dns.Msg) {
	reply := new(dns.Msg)
	reply.SetReply(question)
	if len(question.Question) != 1 {
		reply.Rcode = dns.RcodeFormatError
	} else if asked := question.Question[0]; !dns.IsSubDomain(here.domain, strings.ToLower(asked.Name)) {
		reply = forward(writer.RemoteAddr().Network(), question, reply)
	} else {
		reply.Authoritative = true
		here.answer(asked, reply)
	}
	if problem := writer.WriteMsg(reply); problem != nil {
		log.Print(problem)
	}
}

func (here server) answer(asked dns.Question, reply *dns.Msg) {
	addresses, found := here.lookup(strings.TrimSuffix(strings.ToLower(asked.Name), here.domain))
	if !found {
		reply.Rcode = dns.RcodeNameError
	}
	if asked.Qtype != dns.TypeA {
		return
	}
	for _, address := range addresses {
		head := dns.RR_Header{Name: asked.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: seconds}
		reply.Answer = append(reply.Answer, &dns.A{Hdr: head, A: address})
	}
}

// lookup knows SERVICE.NAMESPACE.svc. and HOSTNAME.SERVICE.NAMESPACE.svc. of a headless service.
func (here server) lookup(name string) (addresses []net.IP, found bool) {
	words := strings.Split(strings.TrimSuffix(name, "."), ".")
	count := len(words)
	if count < 3 || count > 4 || words[count-1] != "svc" {
		return nil, count < 3
	}
	namespace, name := words[count-2], words[count-3]
	service, problem := here.services.Services(namespace).Get(name)
	if problem != nil {
		return nil, false
	}
	if service.Spec.ClusterIP != core.ClusterIPNone {
		return []net.IP{net.ParseIP(service.Spec.ClusterIP).To4()}, count == 3
	}
	behind, problem := here.endpoints.Endpoints(namespace).Get(name)
	if problem != nil {
		return nil, true
	}
	for _, subset := range behind.Subsets {
		for _, address := range subset.Addresses {
			if ip := net.ParseIP(address.IP).To4(); ip != nil && (count == 3 || address.Hostname == words[0]) {
				addresses = append(addresses, ip)
			}
		}
	}
	return addresses, count == 3 || len(addresses) > 0
}

func forward(network string, question, reply *dns.Msg) *dns.Msg {
	known, problem := dns.ClientConfigFromFile("/etc/resolv.conf")
	if problem == nil {
		client := &dns.Client{Net: network, Timeout: 2 * time.Second}
		for _, address := range known.Servers {
			if answer, _, problem := client.Exchange(question, net.JoinHostPort(address, known.Port)); problem == nil {
				return answer
			}
		}
	}
	reply.Rcode = dns.RcodeServerFailure
	return reply
}
