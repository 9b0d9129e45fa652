// SPDX-License-Identifier: GPL-3.0-or-later

// Stands in for crictl: the subcommands that kubeadm 1.20 calls, and those that tests and people ask for.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

const version = "v1.20.0-lab"

// What was asked for: the subcommand's own words and its two flags.
type request struct {
	words      []string
	quiet, all bool
}

type runtime struct {
	cri.RuntimeServiceClient
	images  cri.ImageServiceClient
	context context.Context
}

type command func(runtime, request) error

var commands = map[string]command{
	"images": images, "info": info, "inspecti": inspectImage, "logs": logs, "pods": pods, "ps": containers,
	"pull": pull, "rm": each(removeContainer), "rmi": each(removeImage), "rmp": each(removePod),
	"stop": each(stopContainer), "stopp": each(stopPod), "version": versions,
}

func main() {
	endpoint, words := options(os.Args[1:])
	if len(words) > 0 && words[0] == "--version" {
		fmt.Println("crictl version", version)
		return
	}
	if len(words) == 0 || commands[words[0]] == nil {
		fail(fmt.Errorf("this stand-in knows: images info inspecti logs pods ps pull rm rmi rmp stop stopp version"))
	}
	run, end := context.WithTimeout(context.Background(), 2*time.Minute)
	defer end()
	fail(commands[words[0]](connect(run, endpoint), flags(words[1:])))
}

func fail(problem error) {
	if problem != nil {
		fmt.Fprintln(os.Stderr, "FATA[0000]", problem)
		os.Exit(1)
	}
}

// Options before the subcommand: only the endpoint matters here.
func options(given []string) (endpoint string, words []string) {
	endpoint = os.Getenv("CONTAINER_RUNTIME_ENDPOINT")
	if endpoint == "" {
		endpoint = "unix:///run/containerd/containerd.sock"
	}
	for len(given) > 0 && strings.HasPrefix(given[0], "-") {
		name, value := given[0], ""
		given = given[1:]
		if name == "--version" || name == "-v" {
			return endpoint, []string{"--version"}
		}
		if name == "-D" || name == "--debug" {
			continue
		}
		if at := strings.Index(name, "="); at > 0 {
			name, value = name[:at], name[at+1:]
		} else if len(given) > 0 {
			value, given = given[0], given[1:]
		}
		if name == "-r" || name == "--runtime-endpoint" {
			endpoint = value
		}
	}
	return endpoint, given
}

func flags(given []string) (asked request) {
	for _, word := range given {
		switch {
		case word == "-q" || word == "--quiet":
			asked.quiet = true
		case word == "-a" || word == "--all":
			asked.all = true
		case !strings.HasPrefix(word, "-"):
			asked.words = append(asked.words, word)
		}
	}
	return asked
}

func connect(run context.Context, endpoint string) runtime {
	reach, end := context.WithTimeout(run, 5*time.Second)
	defer end()
	dial := func(ctx context.Context, path string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	path := strings.TrimPrefix(endpoint, "unix://")
	connection, problem := grpc.DialContext(reach, path, grpc.WithInsecure(), grpc.WithBlock(), grpc.WithContextDialer(dial))
	if problem != nil {
		fail(fmt.Errorf("%s does not answer: %w", endpoint, problem))
	}
	return runtime{cri.NewRuntimeServiceClient(connection), cri.NewImageServiceClient(connection), run}
}

func show(answer interface{}, problem error) error {
	if problem != nil {
		return problem
	}
	text, problem := json.MarshalIndent(answer, "", "  ")
	fmt.Println(string(text))
	return problem
}

func info(at runtime, _ request) error {
	return show(at.Status(at.context, &cri.StatusRequest{Verbose: true}))
}

func versions(at runtime, _ request) error {
	return show(at.Version(at.context, &cri.VersionRequest{}))
}

func pods(at runtime, asked request) error {
	answer, problem := at.ListPodSandbox(at.context, &cri.ListPodSandboxRequest{})
	if problem != nil {
		return problem
	}
	for _, pod := range answer.Items {
		if asked.quiet {
			fmt.Println(pod.Id)
		} else {
			fmt.Println(pod.Id[:13], pod.State, pod.Metadata.Namespace, pod.Metadata.Name)
		}
	}
	return nil
}

func containers(at runtime, asked request) error {
	wanted := &cri.ContainerFilter{}
	if !asked.all {
		wanted.State = &cri.ContainerStateValue{State: cri.ContainerState_CONTAINER_RUNNING}
	}
	answer, problem := at.ListContainers(at.context, &cri.ListContainersRequest{Filter: wanted})
	if problem != nil {
		return problem
	}
	for _, container := range answer.Containers {
		if asked.quiet {
			fmt.Println(container.Id)
		} else {
			fmt.Println(container.Id[:13], container.State, container.Metadata.Name, container.Image.Image, container.PodSandboxId[:13])
		}
	}
	return nil
}

func images(at runtime, asked request) error {
	answer, problem := at.images.ListImages(at.context, &cri.ListImagesRequest{})
	if problem != nil {
		return problem
	}
	for _, image := range answer.Images {
		if asked.quiet {
			fmt.Println(image.Id)
		} else {
			fmt.Println(strings.Join(image.RepoTags, ","), image.Id, image.Size_)
		}
	}
	return nil
}

func first(asked request) string {
	if len(asked.words) == 0 {
		fail(fmt.Errorf("which one?"))
	}
	return asked.words[0]
}

func inspectImage(at runtime, asked request) error {
	name := first(asked)
	answer, problem := at.images.ImageStatus(at.context, &cri.ImageStatusRequest{Image: &cri.ImageSpec{Image: name}})
	if problem == nil && answer.Image == nil {
		problem = fmt.Errorf("no such image %q present", name)
	}
	return show(answer, problem)
}

func pull(at runtime, asked request) error {
	answer, problem := at.images.PullImage(at.context, &cri.PullImageRequest{Image: &cri.ImageSpec{Image: first(asked)}})
	if problem == nil {
		fmt.Println("Image is up to date for", answer.ImageRef)
	}
	return problem
}

func logs(at runtime, asked request) error {
	answer, problem := at.ContainerStatus(at.context, &cri.ContainerStatusRequest{ContainerId: first(asked)})
	if problem != nil {
		return problem
	}
	text, problem := os.ReadFile(answer.Status.LogPath)
	os.Stdout.Write(text)
	return problem
}

// A subcommand that does the same to each word.
func each(act func(runtime, string) error) command {
	return func(at runtime, asked request) error {
		for _, word := range asked.words {
			if problem := act(at, word); problem != nil {
				return problem
			}
			fmt.Println(word)
		}
		return nil
	}
}

func removeImage(at runtime, name string) error {
	_, problem := at.images.RemoveImage(at.context, &cri.RemoveImageRequest{Image: &cri.ImageSpec{Image: name}})
	return problem
}

func stopPod(at runtime, id string) error {
	_, problem := at.StopPodSandbox(at.context, &cri.StopPodSandboxRequest{PodSandboxId: id})
	return problem
}

func removePod(at runtime, id string) error {
	_, problem := at.RemovePodSandbox(at.context, &cri.RemovePodSandboxRequest{PodSandboxId: id})
	return problem
}

func stopContainer(at runtime, id string) error {
	_, problem := at.StopContainer(at.context, &cri.StopContainerRequest{ContainerId: id, Timeout: 10})
	return problem
}

func removeContainer(at runtime, id string) error {
	_, problem := at.RemoveContainer(at.context, &cri.RemoveContainerRequest{ContainerId: id})
	return problem
}
